//! The build script of a crate whose site is made of folders: one of `pages/` and `public/`, and one of a hundred pages that it writes.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use bantam_build::Generator;

fn main() -> Result<(), Box<dyn Error>> {
    Generator::new().pages("pages").files("public").state("crate::App").emit();

    let out = PathBuf::from(env::var("OUT_DIR")?);
    let many = out.join("many");
    for number in 0..100 {
        let folder = many.join(format!("administration/settings/area_{}", number / 10));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("page_{number}.rs")), page(number))?;
    }
    let code = Generator::new().pages("many").generate(&out, &out)?;
    fs::write(out.join("many.rs"), code)?;
    Ok(())
}

fn page(number: u32) -> String {
    format!(
        "use bantam::{{Connection, RequestDetails, Response, wire::Status}};
pub async fn get<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {{
    details.connection.make_response(Response::new(Status::OK).body(b\"page {number}\")).await
}}
"
    )
}
