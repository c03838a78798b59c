//! The settings of the program, from flags, environment variables and a TOML file, under the names of the flags.
//!
//! Invariant: `Args` defines each name, type and list once; a flag overrides a variable, a variable overrides the file, and the
//! file overrides the default, also where the two are opposites, such as --quiet and --verbose.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Command, CommandFactory as _};

use crate::args::Args;
use crate::config_file;
use crate::merge::Merge;
use crate::setting::{PREFIX, Setting, in_source, invalid, is_switch, settings, switch, variable_name};

/// The variable that is a --config for containers. No file names another.
const CONFIG_VARIABLE: &str = "BANTAM_CONFIG";

/// Reads the settings. `variable` returns the value of an environment variable.
///
/// # Errors
/// The sentence for the user, with the name of the variable or file; also for `--help` and `--version`.
pub(crate) fn read(
    argv: impl IntoIterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Args, clap::Error> {
    let mut command = Args::command();
    command.build();
    let mut merge = Merge::new(&command, argv.into_iter().collect())?;
    let path = variable(CONFIG_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let path = merge.config().cloned().or(path);
    merge.add(from_variables(&command, variable)?)?;
    let mut rules = Vec::new();
    if let Some(path) = path {
        let file = config_file::read(&path, &command).map_err(|message| invalid(&message))?;
        merge.add(file.settings)?;
        rules = file.rules;
    }
    merge.finish(rules)
}

/// Those of the names that look like a variable of the program, and set nothing.
pub(crate) fn unknown_variables(names: impl Iterator<Item = String>) -> Vec<String> {
    let command = Args::command();
    let is_known =
        |name: &str| name == CONFIG_VARIABLE || settings(&command).any(|arg| variable_name(arg) == name);
    // Kubernetes sets variables of the others for a service of the name "bantam".
    let is_own =
        |name: &str| name.starts_with(PREFIX) && !name.contains("_SERVICE_") && !name.contains("_PORT");
    names.filter(|name| is_own(name) && !is_known(name)).collect()
}

/// The settings of the environment. An empty variable sets nothing.
fn from_variables(
    command: &Command,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<Setting>, clap::Error> {
    let mut all = Vec::new();
    for arg in settings(command) {
        let source = variable_name(arg);
        let Some(value) = variable(&source).filter(|value| !value.is_empty()) else { continue };
        let mut flag = OsString::from(format!("--{}", arg.get_long().unwrap_or_default()));
        let flags = if !is_switch(arg) {
            flag.push("=");
            flag.push(value);
            vec![flag]
        } else if switch(command, arg, &value).map_err(|error| in_source(&source, &error))? {
            vec![flag]
        } else {
            Vec::new()
        };
        all.push(Setting { id: arg.get_id().clone(), source, flags });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Arg;

    use super::*;
    use crate::setting::is_list;

    const BASIC_AUTH: &str = "--basic-auth=eve:$2b$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde";

    /// Two values of each flag that differ, of which the first is not the default. A new flag whose value is text needs a line here.
    fn samples(arg: &Arg) -> [String; 2] {
        let argon2 = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$HZYCNyXjbnHk0nlwIV7yTzdw3BOPGGMyMUZcO8XJBZo";
        let bcrypt = "$2b$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde";
        let own = match arg.get_long().unwrap() {
            "bind" => ["unix:/a", "127.0.0.1:1"],
            "unix-mode" => ["0660", "600"],
            "max-head" => ["4k", "600"],
            "max-rate" => ["4k", "6000"],
            "rate-limit" => ["10/s", "600/m:5"],
            "cors" => ["https://a.example", "https://b.example"],
            "error-page" => ["404=/a", "410=b"],
            "header" => ["X-A: a, b", "Server:"],
            "allow-host" => ["a.example", "b.example:80"],
            "basic-auth" => return [format!("ada:{argon2}"), format!("bob:{bcrypt}")],
            "trust-proxy" => ["unix", "10.0.0.0/8"],
            "redirect" => ["/a=/b", "/c/*=https://d.example/*=302"],
            "access-log" | "cache-control" | "prefix" | "root" | "sandbox-read" | "spa" | "tls-cert"
            | "tls-key" => ["/a", "/b"],
            "user" => ["a:b", "c"],
            "metrics" | "redirect-http" => ["127.0.0.1:1", "127.0.0.1:2"],
            _ if is_switch(arg) => ["true", "false"],
            _ => {
                let mut values: Vec<String> =
                    arg.get_possible_values().iter().map(|value| value.get_name().into()).collect();
                values.sort_by_key(|value| arg.get_default_values().iter().any(|default| default == value));
                match values.try_into() {
                    Ok(both) => return both,
                    Err(values) if values.is_empty() => ["7", "8"],
                    Err(mut values) => return [values.remove(0), values.remove(0)],
                }
            }
        };
        own.map(String::from)
    }

    /// The settings of the flag `arg` in each source; the flags that others require are given.
    struct Sources<'a> {
        arg: &'a Arg,
        dir: tempfile::TempDir,
    }

    impl Sources<'_> {
        /// The `Args`, as text.
        fn read(&self, flags: &[&str], variable: Option<&str>, file: &str) -> Result<String, String> {
            let path = self.dir.path().join("settings.toml");
            fs::write(&path, file).unwrap();
            let config = format!("--config={}", path.display());
            let required = [
                "--root=/r",
                "--compress=all",
                "--trust-proxy=unix",
                "--bind=unix:/s",
                "--upload",
                BASIC_AUTH,
            ];
            let name = self.arg.get_long().unwrap();
            // What requires the flag itself is left out with it.
            let is_left_out = |flag: &str| flag.contains(name) || name == "root" && flag == "--upload";
            let required = required.into_iter().filter(|flag| !is_left_out(flag));
            let argv = ["bantam", &config].into_iter().chain(required);
            let argv = argv.map(OsString::from).chain(flags.iter().map(OsString::from));
            let variable_name = variable_name(self.arg);
            let args = read(argv, |name| variable.filter(|_| name == variable_name).map(OsString::from));
            args.map(|args| format!("{args:?}")).map_err(|error| error.to_string())
        }
    }

    fn for_each_setting(mut check: impl FnMut(&Sources<'_>, &str, [String; 2])) {
        let command = Args::command();
        for arg in settings(&command) {
            let sources = Sources { arg, dir: tempfile::tempdir().unwrap() };
            check(&sources, arg.get_long().unwrap(), samples(arg));
        }
    }

    /// A value as the file has it.
    fn in_file(arg: &Arg, value: &str) -> String {
        let is_bare =
            value.parse::<bool>().is_ok() || value.parse::<u64>().is_ok() && !value.starts_with('0');
        let text =
            arg.get_long() == Some("unix-mode") || arg.get_possible_values().len() > 1 && !is_switch(arg);
        if is_bare && !text { value.into() } else { format!("\"{}\"", value.replace('\n', "\\n")) }
    }

    #[test]
    fn each_setting_is_the_same_as_a_flag_as_a_variable_and_in_the_file() {
        for_each_setting(|sources, name, [first, second]| {
            let read = |flags: &[&str], variable, file: &str| sources.read(flags, variable, file).unwrap();
            let without = read(&[], None, "");
            let (flag, other) = (format!("--{name}={first}"), format!("--{name}={second}"));
            let key = |value: &str| format!("{name} = {}", in_file(sources.arg, value));
            let set = read(&[&flag], None, "");
            assert_ne!(set, without, "{name}");
            assert_eq!(read(&[], Some(&first), ""), set, "{name}: a variable");
            assert_eq!(read(&[], None, &key(&first)), set, "{name}: the file");
            assert_eq!(read(&[], Some(""), ""), without, "{name}: an empty variable sets nothing");
            assert_eq!(read(&[&flag], Some(&second), &key(&second)), set, "{name}: the flag first");
            assert_eq!(read(&[], Some(&first), &key(&second)), set, "{name}: then the variable");
            if is_switch(sources.arg) {
                assert_eq!(read(&[&other], Some(&first), &key(&first)), without, "{name}: off by a flag");
                assert_eq!(read(&[], Some(&second), &key(&first)), without, "{name}: off by a variable");
            }
            if is_list(sources.arg) {
                let both = format!("{first}{}{second}", sources.arg.get_value_delimiter().unwrap());
                let list = read(&[&flag, &other], None, "");
                assert_ne!(list, set, "{name}");
                assert_eq!(
                    read(&[&format!("--{name}={both}")], None, ""),
                    list,
                    "{name}: a list as one flag"
                );
                assert_eq!(read(&[], Some(&both), ""), list, "{name}: a list in a variable");
                assert_eq!(read(&[], None, &key(&both)), list, "{name}: a list as text of the file");
                let array = format!("{name} = [\"{first}\", \"{second}\"]");
                assert_eq!(read(&[], None, &array), list, "{name}: an array");
                assert_eq!(read(&[], None, &format!("{name} = []")), without, "{name}: an empty array");
            }
        });
    }

    #[test]
    fn a_value_of_another_type_in_the_file_is_an_error_that_names_line_and_key() {
        for_each_setting(|sources, name, [first, _]| {
            let wrong = if is_switch(sources.arg) { "\"yes\"" } else { "false" };
            let nested = format!("[[{}]]", in_file(sources.arg, &first));
            let array = format!("[{}]", in_file(sources.arg, &first));
            let array = if is_list(sources.arg) { nested } else { array };
            for value in [wrong, "{ a = 1 }", "1979-05-27", "-1.5e400", &array] {
                let error = sources.read(&[], None, &format!("\n{name} = {value}")).unwrap_err();
                assert!(
                    error.contains("settings.toml: line 2: ") && error.contains(name),
                    "{value}: {error}"
                );
            }
        });
    }

    #[test]
    fn a_wrong_value_in_a_variable_is_an_error_that_names_the_variable() {
        for_each_setting(|sources, name, _| {
            let is_checked = is_switch(sources.arg) || sources.arg.get_possible_values().len() > 1;
            let is_time = name.starts_with("timeout") || name.starts_with("max");
            if is_checked
                || is_time
                || matches!(
                    name,
                    "allow-host"
                        | "basic-auth"
                        | "error-page"
                        | "header"
                        | "prefix"
                        | "rate-limit"
                        | "redirect"
                        | "trust-proxy"
                        | "unix-mode"
                )
            {
                let error = sources.read(&[], Some("x y"), "").unwrap_err();
                assert!(error.contains(&variable_name(sources.arg)), "{name}: {error}");
                let overridden =
                    sources.read(&[&format!("--{name}={}", samples(sources.arg)[0])], Some("x y"), "");
                assert!(overridden.is_err(), "{name}: an error is said, though a flag overrides it");
            }
        });
    }

    fn parse(flags: &[&str], variables: &[(&str, &str)]) -> Result<Args, clap::Error> {
        let argv = ["bantam"].iter().chain(flags).map(OsString::from);
        read(argv, |name| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn a_stronger_source_overrides_the_opposite_of_a_weaker_one() {
        let command = Args::command();
        let mut pairs = 0;
        for arg in settings(&command) {
            for other in command.get_arg_conflicts_with(arg) {
                for (strong, weak) in [(arg, other), (other, arg)] {
                    pairs += 1;
                    let flag = format!("--{}", strong.get_long().unwrap());
                    let alone = format!("{:?}", parse(&[&flag], &[]).unwrap());
                    let variable = variable_name(weak);
                    let both = parse(&[&flag], &[(&variable, "1")]).unwrap();
                    assert_eq!(format!("{both:?}"), alone, "{flag} {variable}");
                    // A switch that is off leaves its opposite as it is.
                    let off = parse(&[&format!("{flag}=no")], &[(&variable, "1")]).unwrap();
                    let weak = parse(&[], &[(&variable, "1")]).unwrap();
                    assert_eq!(format!("{off:?}"), format!("{weak:?}"), "{flag}=no {variable}");
                }
            }
        }
        assert!(pairs > 0);
        assert!(parse(&["--quiet", "--verbose"], &[]).is_err(), "both in one source");
        assert!(parse(&[], &[("BANTAM_QUIET", "1"), ("BANTAM_VERBOSE", "1")]).is_err());
    }

    #[test]
    fn a_switch_has_the_usual_spellings() {
        for (spellings, on) in
            [(["1", "true", "yes", "on", "TRUE"], true), (["0", "false", "no", "off", "No"], false)]
        {
            let expected = format!("{:?}", parse(if on { &["--quiet"] } else { &[] }, &[]).unwrap());
            for spelling in spellings {
                let variable = parse(&[], &[("BANTAM_QUIET", spelling)]).unwrap();
                let flag = parse(&[&format!("--quiet={spelling}")], &[]).unwrap();
                assert_eq!(
                    [variable, flag].map(|args| format!("{args:?}")),
                    [expected.clone(), expected.clone()]
                );
            }
        }
        for flags in [&["--quiet=perhaps"][..], &["--quiet", "--quiet=no"]] {
            assert!(parse(flags, &[]).is_err(), "{flags:?}");
        }
    }

    #[test]
    fn a_variable_names_the_file_unless_a_flag_does() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        fs::write(path("variable"), "workers = 3").unwrap();
        fs::write(path("flag"), "workers = 4").unwrap();
        let workers =
            |flags: &[&str], value: &str| parse(flags, &[("BANTAM_CONFIG", value)]).unwrap().workers;
        assert_eq!(workers(&[], &path("variable")).unwrap().get(), 3);
        assert_eq!(workers(&["--config", &path("flag")], &path("variable")).unwrap().get(), 4);
        assert_eq!(workers(&[], ""), None);
    }

    #[test]
    fn a_variable_that_sets_nothing_is_found() {
        let names = [
            "BANTAM_WORKERZ",
            "BANTAM_WORKERS",
            "BANTAM_CONFIG",
            "BANTAM_SERVICE_HOST",
            "BANTAM_PORT",
            "PATH",
        ];
        assert_eq!(unknown_variables(names.map(String::from).into_iter()), ["BANTAM_WORKERZ"]);
        let known = settings(&Args::command()).map(variable_name).collect::<Vec<_>>();
        assert_eq!(unknown_variables(known.into_iter()), [""; 0]);
    }

    #[test]
    fn the_directory_as_an_argument_overrides_weaker_sources_and_excludes_the_flag() {
        let root = |argv: &[&str], variables: &[(&str, &str)]| {
            parse(argv, variables).map(|args| args.files.root().map(PathBuf::from))
        };
        let of = |path: &str| Some(PathBuf::from(path));
        assert_eq!(root(&["/a"], &[]).unwrap(), of("/a"));
        assert_eq!(root(&["--quiet", "/a", "--listing"], &[("BANTAM_ROOT", "/b")]).unwrap(), of("/a"));
        assert_eq!(root(&["--", "--quiet=no"], &[]).unwrap(), of("--quiet=no"));
        assert_eq!(root(&[], &[("BANTAM_ROOT", "/b")]).unwrap(), of("/b"));
        let both = root(&["/a", "--root", "/b"], &[]).unwrap_err().to_string();
        assert!(both.contains("[DIR]") && both.contains("--root <DIR>"), "{both}");
        assert!(root(&["/a", "/b"], &[]).is_err());
    }

    #[test]
    fn what_a_flag_requires_may_come_from_another_source() {
        assert!(parse(&["--listing"], &[("BANTAM_ROOT", "/r")]).is_ok());
        assert!(
            parse(&["--listing=no"], &[("BANTAM_SPA", "")]).is_ok(),
            "a switch that is off requires nothing"
        );
        let error = parse(&[], &[("BANTAM_LISTING", "1")]).unwrap_err().to_string();
        assert!(error.contains("BANTAM_LISTING: ") && error.contains("--root"), "{error}");
        assert!(parse(&["/r", "--listing"], &[("BANTAM_HIDDEN", "1")]).is_ok(), "an argument is a root, too");
        assert!(parse(&["--unix-mode", "660"], &[]).is_err(), "without a Unix socket it has no effect");
        assert!(parse(&["--unix-mode", "660"], &[("BANTAM_BIND", "unix:/s")]).is_ok());
    }
}
