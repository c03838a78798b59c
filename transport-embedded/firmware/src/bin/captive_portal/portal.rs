//! The pages of a captive portal: a form for the WiFi network to join, to which every other host leads.
//! Invariant: the password leaves the board in no response.

use core::cell::{Cell, RefCell};
use core::fmt::Write;
use core::net::Ipv4Addr;

use bantam::wire::Status;
use bantam::{Connection, Layer, Refusal, RequestDetails, Response, Site, escape};
use heapless::String;

/// Redirects the requests for any host but the board's address. Systems that look for a portal request a page of their maker by HTTP,
/// whose content they know, and open the page that they are sent to.
pub struct RedirectHosts(pub Ipv4Addr);

impl RedirectHosts {
    /// Returns true for the board's address. A request without a host, which HTTP/1.0 allows, is for the board.
    fn is_own(&self, host: Option<&str>) -> bool {
        let name = host.map(|host| host.split_once(':').map_or(host, |(name, _)| name));
        name.is_none_or(|name| name.parse() == Ok(self.0))
    }
}

impl Layer for RedirectHosts {
    async fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> Result<(), C::Error> {
        if self.is_own(details.host()) {
            return site.request_handler(details).await;
        }
        // `http://255.255.255.255/` is the longest.
        let mut url = String::<23>::new();
        let _ = write!(url, "http://{}/", self.0);
        // A redirect that is cached would lead to the board from another network.
        let fields = [("Location", url.as_str()), ("Cache-Control", "no-store")];
        details.connection.make_response(Response::new(Status::FOUND).headers(&fields).body(&[])).await
    }
}

/// A WiFi network to join. It is gone when the board starts anew: to keep it, write it to the flash memory.
#[derive(Clone)]
pub struct Network {
    /// The SSID.
    pub name: String<32>,
    /// Empty for a network without a password.
    pub password: String<63>,
}

/// The form, and what was entered.
#[derive(Default)]
pub struct Setup {
    network: RefCell<Option<Network>>,
    is_new: Cell<bool>,
}

impl Setup {
    pub const fn new() -> Self {
        Self { network: RefCell::new(None), is_new: Cell::new(false) }
    }

    /// Returns the network that has been entered since the last call.
    pub fn new_network(&self) -> Option<Network> {
        self.is_new.take().then(|| self.network.borrow().clone()).flatten()
    }
}

impl Site for Setup {
    bantam::routes! {
        GET "/" => form,
        POST "/" => save,
    }
}

async fn form<C: Connection>(setup: &Setup, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let name = setup.network.borrow().as_ref().map(|network| network.name.clone());
    let (before, name) = match &name {
        Some(name) => ("<p>The board joins the network ", name.as_str()),
        None => ("<p>The board has no network yet.", ""),
    };
    let page = format_args!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>Set up the board</title><h1>Set up the board</h1>{before}{}\
         <form method=post><p><label>WiFi network <input name=network required maxlength=32 autocapitalize=none></label>\
         <p><label>Password <input name=password type=password minlength=8 maxlength=63></label>\
         <p><button>Join</button></form>",
        escape(name),
    );
    details.html(Status::OK, page).await
}

/// The lengths are those of an SSID and of a passphrase of WPA2 and WPA3.
static BAD_NETWORK: Refusal = Refusal::new(Status::UNPROCESSABLE_CONTENT)
    .reason("The name of a network has 1 to 32 bytes, and its password 8 to 63 characters, or none.");

async fn save<C: Connection>(setup: &Setup, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    // Both in percent-encoding, and what is around them.
    let mut memory = [0; 320];
    let form = details.form(&mut memory).await?;
    let (mut name, mut password) = ([0; 33], [0; 64]);
    let (name, password) = (form.text("network", &mut name)?, form.text("password", &mut password)?);
    let network = match (name.parse(), password.parse()) {
        (Ok(name), Ok(password)) => Network { name, password },
        _ => return Err(details.refuse(&BAD_NETWORK)),
    };
    if network.name.is_empty() || matches!(network.password.len(), 1..=7) {
        return Err(details.refuse(&BAD_NETWORK));
    }
    setup.network.replace(Some(network));
    setup.is_new.set(true);
    details.redirect(Status::SEE_OTHER, "/").await
}
