"""/docs and /redoc in a real browser: headless Chromium against a gateway of ours.

Needs Chromium, websocket-client and the binary in HOLDFAST_PATH; says which is missing and skips.
"""

import json
import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "System"))

try:
    from browser import Browser
except ImportError as missing:
    raise unittest.SkipTest(f"websocket-client is not installed: {missing}") from None

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    raise unittest.SkipTest("Chromium is not installed")

from gateway import GatewayTestCase

PICTURES = pathlib.Path(__file__).resolve().parent.parent.parent / ".build-logs"
READY = "document.querySelectorAll('#index a').length > 0"
CONTRAST = """
(() => {
  const light = colour => colour.slice(0, 3).map(c => c / 255)
    .map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const back = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = numbers(getComputedStyle(each).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const element of document.querySelectorAll("body *")) {
    const hasText = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!hasText || !element.getClientRects().length) continue;
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(back(element))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5)
      bad.push(element.tagName + "." + element.className + " " + element.textContent.slice(0, 40));
  }
  return bad;
})()
"""


# A gateway with a second dialect, of which there is only the health.
ONE_DIALECT = """
const fetched = window.fetch;
window.fetch = async (...call) => {
  const answer = await fetched(...call), json = await answer.json();
  json["x-dialects"] = json["x-dialects"].slice(0, 1);
  return new Response(JSON.stringify(json), { status: answer.status });
};
"""


class BrowserTestCase(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share()
        cls.address = cls.server.runtime["http"]

    def setUp(self):
        self.browser = self.enterContext(Browser(CHROMIUM))

    def show(self, path, **options):
        self.browser.open(self.address + path, **options)
        self.browser.wait_for(READY)

    def check_quiet(self):
        self.assertEqual(self.browser.errors, [])
        own = (self.address + "/", "about:", "data:")
        self.assertEqual([url for url in self.browser.requests if not url.startswith(own)], [])

    def check_fits(self):
        self.assertLessEqual(self.browser.value("document.documentElement.scrollWidth"), 360)


class Docs(BrowserTestCase):
    def log_in(self):
        self.browser.type("#token", self.server.first_key["token"])

    def test_a_request_is_sent_and_its_answer_seen(self):
        self.show("/docs#checkAPIKey")
        self.log_in()
        # The token says whose it is.
        self.assertEqual(
            self.browser.value("document.querySelector('#organization').value"), self.server.organization
        )
        self.browser.value("document.querySelector('#send').click()")
        self.assertEqual(self.browser.wait_for("document.querySelector('#status')?.textContent"), "200 OK")
        shown = json.loads(self.browser.value("document.querySelector('#answer pre').textContent"))
        self.assertIs(shown["valid"], True)
        self.assertEqual(shown["organization_id"], self.server.organization)
        headers = self.browser.value("document.querySelector('#answer table').textContent").lower()
        self.assertIn("x-request-id", headers)
        curl = self.browser.value("document.querySelector('#curl').textContent")
        self.assertIn(f"{self.address}/api/org/{self.server.organization}/check", curl)
        self.assertNotIn(self.server.first_key["token"], curl, "a token is not for the screen")
        self.browser.picture(PICTURES / "docs.png")
        self.check_quiet()

    def test_the_example_of_a_body_is_good_as_it_stands_and_the_keyboard_is_enough(self):
        self.show("/docs#registerDevices")
        self.log_in()
        self.browser.value("document.querySelector('#body').focus()")
        self.browser.press("Enter", 13, modifiers=2)
        self.assertEqual(
            self.browser.wait_for("document.querySelector('#status')?.textContent"), "201 Created"
        )
        devices = self.server.client().get("/api/org/{org}/devices").json["devices"]
        self.assertEqual([device["name"] for device in devices], ["Temperature Sensor #1"])
        self.check_quiet()

    def test_without_a_token_the_refusal_is_shown(self):
        self.show("/docs#checkAPIKey")
        self.browser.type("#organization", self.server.organization)
        self.browser.value("document.querySelector('#send').click()")
        self.assertEqual(
            self.browser.wait_for("document.querySelector('#status')?.textContent"), "401 Unauthorized"
        )

    def test_the_search_finds_operations_by_their_words(self):
        self.show("/docs")
        self.browser.type("#search", "delete key")
        found = self.browser.value(
            "[...document.querySelectorAll('#index li:not([hidden])')].map(i => i.textContent)"
        )
        self.assertEqual(found, ["DELDelete an API key", "DELRevoke an SDK key"])

    def test_every_operation_can_be_shown(self):
        self.show("/docs")
        for name in self.browser.value("[...document.querySelectorAll('#index a')].map(a => a.hash)"):
            self.browser.value(f"location.hash = {json.dumps(name)}")
            self.browser.wait_for(
                f"document.querySelector('#index a[aria-current]').hash === {json.dumps(name)}"
            )
            self.assertTrue(
                self.browser.value("document.querySelector('#curl').textContent.startsWith('curl')"), name
            )
        controls = "[...document.querySelectorAll('input, select, textarea')]"
        unlabelled = f"{controls}.filter(control => !control.labels.length && !control.ariaLabel).length"
        self.assertEqual(self.browser.value(unlabelled), 0)
        self.check_quiet()

    def test_it_fits_a_phone(self):
        for name in ("listDevices", "registerDevices", "readPackets"):
            self.show(f"/docs#{name}", width=360, height=780)
            self.check_fits()
        self.browser.picture(PICTURES / "docs-phone.png")

    def test_it_can_be_read_by_day_and_by_night(self):
        for scheme in ("light", "dark"):
            self.show("/docs#registerDevices", scheme=scheme)
            self.assertEqual(self.browser.value(CONTRAST), [], scheme)
        self.browser.picture(PICTURES / "docs-dark.png")


class Dialects(BrowserTestCase):
    def test_of_one_dialect_there_is_nothing_to_choose(self):
        self.browser.call("Page.addScriptToEvaluateOnNewDocument", source=ONE_DIALECT)
        self.show("/docs")
        self.assertFalse(self.browser.value("document.querySelector('#dialect').checkVisibility()"))

    def test_one_of_several_can_be_chosen(self):
        view = self.server.client().get("/openapi/gateway.json").json
        operations = [operation for item in view["paths"].values() for operation in item.values()]
        expected = sum("x-alias-of" not in operation for operation in operations)
        for path, parts in (("/docs", "#index a"), ("/redoc", ".operation")):
            number = f"document.querySelectorAll('{parts}').length"
            self.show(path)
            self.browser.wait_for(f"{number} > {expected}")
            choices = self.browser.value(
                "[...document.querySelector('#dialect').options].map(o => o.textContent)"
            )
            self.assertEqual(choices, ["All", "Hubble Cloud API", "Hubble Gateway API", "Holdfast Edge API"])
            self.assertTrue(self.browser.value("document.querySelector('#dialect').checkVisibility()"))
            self.browser.value(
                "(() => { const choice = document.querySelector('#dialect'); choice.selectedIndex = 2;"
                " choice.dispatchEvent(new Event('change')) })()"
            )
            self.browser.wait_for(f"{number} === {expected}")
            shown = self.browser.value("document.querySelector('#main').textContent")
            self.assertIn("Register a gateway", shown)
        self.check_quiet()


class Reading(BrowserTestCase):
    def test_all_operations_are_there(self):
        self.show("/redoc")
        document = self.server.client().get("/openapi.json").json
        expected = {
            operation["operationId"]
            for item in document["paths"].values()
            for operation in item.values()
            if "x-alias-of" not in operation
        }
        self.browser.wait_for("document.querySelectorAll('.operation').length > 0")
        shown = self.browser.value("[...document.querySelectorAll('.operation')].map(part => part.id)")
        self.assertEqual(len(shown), len(set(shown)))
        self.assertEqual(set(shown), expected)
        self.browser.picture(PICTURES / "redoc.png")
        # What is closed is filled when it is opened.
        answers = "[...document.querySelectorAll('#readPackets .answers details')]"
        refused = f"{answers}.find(answer => answer.textContent.startsWith('400'))"
        self.browser.value(f"{refused}.querySelector('summary').click()")
        self.browser.wait_for(f"{refused}.textContent.includes('What is wrong, for people')")
        self.check_quiet()

    def test_a_link_leads_to_its_operation(self):
        self.show("/redoc#readPackets")
        place = "document.querySelector('#readPackets')?.getBoundingClientRect().top"
        self.browser.wait_for(f"Math.abs({place}) < 90")
        self.browser.wait_for("document.querySelector('#index a[aria-current]')?.hash === '#readPackets'")

    def test_it_fits_a_phone(self):
        self.show("/redoc", width=360, height=780)
        self.browser.value("for (const part of document.querySelectorAll('details')) part.open = true")
        self.check_fits()
        self.browser.picture(PICTURES / "redoc-phone.png")

    def test_it_can_be_read_by_day_and_by_night(self):
        for scheme in ("light", "dark"):
            self.show("/redoc", scheme=scheme)
            self.assertEqual(self.browser.value(CONTRAST), [], scheme)


if __name__ == "__main__":
    unittest.main()
