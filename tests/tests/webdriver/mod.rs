//! A client of chromedriver (W3C WebDriver).

use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use base64::Engine as _;
use serde_json::{Value, json};

/// The key of an element reference in the specification.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A headless browser; killed when dropped.
pub(crate) struct Browser {
    driver: Child,
    session: String,
}

/// An element of the page.
pub(crate) struct Element(String);

/// Starts the driver on a port that it chooses. `None` if it ends, as where another driver takes that port at the same time.
fn start_driver() -> Option<(Child, String, Lines<BufReader<ChildStdout>>)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts");
    let mut lines = BufReader::new(driver.stdout.take().expect("piped")).lines();
    let started = |line: &String| line.contains("started successfully on port");
    let line = lines.by_ref().map_while(Result::ok).find(started);
    if let Some(port) = line.as_deref().and_then(|line| line.trim_end_matches('.').rsplit(' ').next()) {
        return Some((driver, port.to_owned(), lines));
    }
    driver.wait().expect("ended");
    None
}

impl Browser {
    pub(crate) fn start() -> Self {
        let (driver, port, lines) = std::iter::repeat_with(start_driver)
            .take(5)
            .flatten()
            .next()
            .expect("chromedriver starts and names its port");
        // The driver stops at its next line of output if the pipe is closed.
        std::thread::spawn(move || lines.for_each(drop));

        let arguments = [
            "--headless",
            // In a container the browser runs as root, and root has no sandbox.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--force-color-profile=srgb",
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            // The tests read pages while they load.
            "pageLoadStrategy": "none",
            // 30 s are the default for a script: too short on a loaded machine.
            "timeouts": { "script": 600_000 },
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {"args": arguments},
        }}});
        let driver_url = format!("http://127.0.0.1:{port}/session");
        let answer = post(&driver_url, &wanted);
        let id = answer["sessionId"].as_str().expect("a session");
        Self { driver, session: format!("{driver_url}/{id}") }
    }

    pub(crate) fn go(&self, url: &str) {
        self.post("url", &json!({ "url": url }));
    }

    /// Opens a tab, and goes on in it. Returns what [`Self::switch`] takes.
    pub(crate) fn open_tab(&self) -> String {
        let tab = self.post("window/new", &json!({ "type": "tab" }));
        let tab = tab["handle"].as_str().expect("a handle").to_owned();
        self.switch(&tab);
        tab
    }

    /// Goes on in another tab.
    pub(crate) fn switch(&self, tab: &str) {
        self.post("window", &json!({ "handle": tab }));
    }

    pub(crate) fn resize(&self, width: u32, height: u32) {
        self.post("window/rect", &json!({ "width": width, "height": height }));
    }

    /// Shows pages as a screen of this size does, whose user prefers dark or light colours. The window itself is never narrower than 500.
    pub(crate) fn emulate(&self, width: u32, height: u32, is_dark: bool) {
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.devtools("Emulation.setDeviceMetricsOverride", &screen);
        let scheme = if is_dark { "dark" } else { "light" };
        let wish = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": wish }));
    }

    /// Sets the preference for dark colours.
    pub(crate) fn dark(&self) {
        self.prefer("dark");
    }

    /// Sets the preference for `light` or `dark` colours.
    pub(crate) fn prefer(&self, scheme: &str) {
        let wish = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": wish }));
    }

    /// Sets the size of the page in CSS pixels. Up to 600 wide it is a phone, which heeds the viewport that a page states.
    pub(crate) fn viewport(&self, width: u32, height: u32) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width <= 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Limits how many bytes a second the browser sends; 0 is no limit.
    pub(crate) fn limit_upload(&self, rate: u32) {
        let rate = if rate == 0 { -1 } else { i64::from(rate) };
        let conditions =
            json!({ "latency": 0, "download_throughput": -1, "upload_throughput": rate, "offline": false });
        self.post("chromium/network_conditions", &json!({ "network_conditions": conditions }));
    }

    /// Sets whether pages run scripts.
    pub(crate) fn scripts(&self, run: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": !run }));
    }

    fn devtools(&self, command: &str, params: &Value) -> Value {
        self.post("goog/cdp/execute", &json!({ "cmd": command, "params": params }))
    }

    /// The elements of a CSS selector.
    pub(crate) fn find(&self, selector: &str) -> Vec<Element> {
        let found = self.post("elements", &json!({ "using": "css selector", "value": selector }));
        let found = found.as_array().expect("a list").iter();
        found.map(|element| Element(element[ELEMENT].as_str().expect("a reference").to_owned())).collect()
    }

    pub(crate) fn type_into(&self, element: &Element, text: &str) {
        self.post(&format!("element/{}/value", element.0), &json!({ "text": text }));
    }

    pub(crate) fn click(&self, element: &Element) {
        self.post(&format!("element/{}/click", element.0), &json!({}));
    }

    /// The text of an element; `None` if its page was left.
    pub(crate) fn text(&self, element: &Element) -> Option<String> {
        let url = format!("{}/element/{}/text", self.session, element.0);
        let mut answer = ureq::get(&url).call().ok()?;
        let answer: Value = answer.body_mut().read_json().expect("JSON");
        Some(answer["value"].as_str().expect("a text").to_owned())
    }

    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Returns the entries of the browser's log since the last call, such as a connection that was reset.
    pub(crate) fn log(&self) -> Vec<String> {
        let entries = self.post("se/log", &json!({ "type": "browser" }));
        entries.as_array().expect("a list").iter().map(ToString::to_string).collect()
    }

    /// Writes a screenshot of what is visible of the page to `target/pictures/`.
    pub(crate) fn screenshot(&self, name: &str) {
        let mut answer = ureq::get(&format!("{}/screenshot", self.session)).call().expect("a picture");
        let answer: Value = answer.body_mut().read_json().expect("JSON");
        save(name, &answer["value"]);
    }

    /// Writes a screenshot of the whole page to `target/pictures/`.
    pub(crate) fn screenshot_whole(&self, name: &str) {
        let size =
            self.run("return [document.documentElement.clientWidth, document.documentElement.scrollHeight]");
        let clip = json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1 });
        let params = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.devtools("Page.captureScreenshot", &params);
        save(name, &answer["data"]);
    }

    fn post(&self, command: &str, body: &Value) -> Value {
        post(&format!("{}/{command}", self.session), body)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = ureq::delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Writes a picture, which is in base64.
fn save(name: &str, picture: &Value) {
    let picture = picture.as_str().expect("a picture");
    let picture = base64::engine::general_purpose::STANDARD.decode(picture).expect("base64");
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/pictures");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{name}.png")), picture).expect("written");
}

fn post(url: &str, body: &Value) -> Value {
    let mut answer = ureq::post(url).send_json(body).unwrap_or_else(|error| panic!("{url}: {error}"));
    let mut answer: Value = answer.body_mut().read_json().expect("JSON");
    answer["value"].take()
}
