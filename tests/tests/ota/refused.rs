//! Files and forms that are refused: each with a status and a sentence, and the image before stays.

use bantam_tests::script::ScriptedPeer;

use crate::ram_flash::RamFlash;
use crate::{device, form, pack, program, request, slots, started, upload};

#[test]
fn a_file_that_is_not_right_is_refused_with_a_sentence() {
    let (ota, first) = device();
    let file = pack(&program(2, 2500));
    let changed = |at: usize, byte: u8| {
        let mut file = file.clone();
        file[at] ^= byte;
        file
    };
    let too_large = program(3, RamFlash::SIZE as u32 / 2 - slots::BLOCK as u32 + 1);
    let part = |name: &str, file: &[u8]| {
        [format!("--xyz\r\nContent-Disposition: form-data; name={name}\r\n\r\n").as_bytes(), file, b"\r\n"]
            .concat()
    };
    let two = [part("image", &file), part("image", &file), b"--xyz--".to_vec()].concat();
    for (name, request, status, sentence) in [
        ("a byte too many", request(&[&file[..], b"x"].concat()), 413, "The image is too long."),
        ("many bytes too many", request(&[&file[..], &file].concat()), 413, "The image is too long."),
        ("a byte too few", request(&file[..file.len() - 1]), 400, "The image is cut off."),
        ("a whole block too few", request(&file[..file.len() - 100]), 400, "The image is cut off."),
        ("no bytes behind the front", request(&file[..44]), 400, "The image is cut off."),
        ("half a front", request(&file[..20]), 400, "The file is no image."),
        ("an empty file", request(b""), 400, "The file is no image."),
        ("an image of no bytes", request(&pack(b"")), 400, "The file is no image."),
        ("another kind of file", request(&changed(0, 1)), 400, "The file is no image."),
        ("another length, larger", request(&changed(8, 0x20)), 400, "The image is cut off."),
        ("another length, smaller", request(&changed(9, 0x08)), 413, "The image is too long."),
        ("a length beyond the flash", request(&changed(11, 0xff)), 413, "The image is too long."),
        ("another hash", request(&changed(12, 1)), 400, "The image has another hash than it says."),
        (
            "another byte in the image",
            request(&changed(2000, 1)),
            400,
            "The image has another hash than it says.",
        ),
        ("an image that does not fit", request(&pack(&too_large)), 413, "The image is too long."),
        ("two images", form(&two), 400, "The form has two images."),
        ("no image", form(&[part("x", &file), b"--xyz--".to_vec()].concat()), 400, "The form has no image."),
        ("no part", form(b"--xyz--"), 400, "The form has no image."),
    ] {
        let (found, peer) = upload(&ota, ScriptedPeer::sending(request).max_read(200));
        assert_eq!(found, status, "{name}: {}", peer.text());
        assert!(peer.text().contains(sentence), "{name}: {}", peer.text());
        assert_eq!(started(&ota).as_ref(), Some(&first), "{name}");
    }
    assert_eq!(upload(&ota, ScriptedPeer::sending(request(&file))).0, 200);
    assert_eq!(started(&ota), Some(program(2, 2500)));
}

#[test]
fn a_form_that_is_cut_off_at_any_byte_installs_nothing() {
    let (ota, first) = device();
    let whole = request(&pack(&program(2, 300)));
    let body = whole.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    // What follows the last boundary is no part of the form.
    for length in body..whole.len() - 2 {
        let (status, peer) = upload(&ota, ScriptedPeer::sending(&whole[..length]).max_read(100));
        assert_eq!(status, 400, "{length}: {}", peer.text());
        assert_eq!(started(&ota).as_ref(), Some(&first), "{length}");
    }
    assert_eq!(upload(&ota, ScriptedPeer::sending(whole)).0, 200);
}
