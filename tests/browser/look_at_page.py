#!/usr/bin/env python3
"""Opens a report in headless Chromium that has no network, and checks what it shows.

    look_at_page.py report.html FOLDER        needs chromium; .ci/browser calls it

Checked at 1280 and 360 px, light and dark: the page's status says that all its charts are drawn, each has an SVG with
marks in it, nothing is wider than the window, the console has no error, warning or breach of the page's policy. The
screenshots and a print (report.pdf) are left in FOLDER to be looked at.
"""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
]
SUMMARY = """(() => ({
    status: document.getElementById('status').textContent,
    charts: document.querySelectorAll('figure.chart').length,
    drawn: document.querySelectorAll('figure.chart svg').length,
    empty: [...document.querySelectorAll('figure.chart')]
        .filter((figure) => !figure.querySelector('svg [aria-roledescription] path, svg .mark-symbol path, svg .mark-rect path, '
            + 'svg .mark-line path, svg .mark-area path, svg .mark-rule line'))
        .map((figure) => figure.id),
    width: innerWidth,
    scrolled: document.documentElement.scrollWidth,
    wide: [...document.querySelectorAll('figure.chart svg')].filter((svg) => svg.getBoundingClientRect().right > innerWidth + 1)
        .map((svg) => svg.closest('figure').id),
    tables: document.querySelectorAll('figure.chart details table').length,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
}))()"""


class Browser:
    """Chromium at the other end of two pipes (DevTools protocol, messages ended by a zero byte)."""

    def __init__(self, profile):
        to_read, self.to = os.pipe()
        self.of, of_write = os.pipe()

        def pipes():
            # The protocol's numbers are 3 and 4; the copies survive because dup2 marks them as inherited.
            read, write = os.dup(to_read), os.dup(of_write)
            os.dup2(read, 3)
            os.dup2(write, 4)

        unshare = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
        self.process = subprocess.Popen([*unshare, "chromium", *FLAGS, f"--user-data-dir={profile}", "about:blank"],
                                        preexec_fn=pipes, close_fds=False, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(of_write)
        self.rest, self.id, self.events, self.session = b"", 0, [], None
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def message(self):
        while b"\0" not in self.rest:
            part = os.read(self.of, 1 << 20)
            if not part:
                raise SystemExit("FAILED: chromium ended")
            self.rest += part
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.id += 1
        request = {"id": self.id, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.to, json.dumps(request).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") != self.id:
                self.events.append(message)
                continue
            if "error" in message:
                raise SystemExit(f"FAILED: {method}: {message['error']}")
            return message["result"]

    def value(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def complaints(self):
        """What the console and the browser's log said."""
        said = []
        for event in self.events:
            of, what = event.get("method"), event.get("params", {})
            if of == "Runtime.exceptionThrown":
                said.append(what["exceptionDetails"].get("text", "") + str(what["exceptionDetails"].get("exception")))
            elif of == "Runtime.consoleAPICalled" and what["type"] in ("error", "warning", "assert"):
                said.append(" ".join(str(a.get("value", a.get("description"))) for a in what["args"]))
            elif of == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
                said.append(what["entry"]["text"])
        return said

    def close(self):
        self.call("Browser.close")
        self.process.wait(30)


def open_page(browser, page, width, scheme):
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.call("Page.navigate", url=page.resolve().as_uri())
    end = time.monotonic() + 60
    while time.monotonic() < end:
        status = browser.value("document.readyState == 'complete' && document.getElementById('status')?.textContent")
        if status and status != "charts not drawn":
            return browser.value(SUMMARY)
        time.sleep(0.1)
    raise SystemExit(f"FAILED: after a minute the status is still: {status}")


def screenshot(browser, file, whole):
    options = {"captureBeyondViewport": whole}
    if whole:
        size = browser.call("Page.getLayoutMetrics")["cssContentSize"]
        options["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
    file.write_bytes(base64.b64decode(browser.call("Page.captureScreenshot", **options)["data"]))


def problems(seen, width, scheme):
    charts = seen["charts"]
    expected = {
        "status": f"rendered {charts} chart{'' if charts == 1 else 's'}",
        "drawn": charts, "tables": charts, "empty": [], "wide": [], "width": width, "scrolled": width,
        "dark": scheme == "dark",
    }
    return [f"{width} px, {scheme}: {key} is {seen[key]}, not {value}" for key, value in expected.items() if seen[key] != value]


def main(page, folder):
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(profile)
        for width in (1280, 360):
            for scheme in ("light", "dark"):
                seen = open_page(browser, page, width, scheme)
                found += problems(seen, width, scheme)
                screenshot(browser, folder / f"{width}-{scheme}.png", whole=True)
                screenshot(browser, folder / f"{width}-{scheme}-first.png", whole=False)
        print(f"{seen['status']}; {seen['tables']} tables")
        open_page(browser, page, 1280, "dark")
        pdf = browser.call("Page.printToPDF", preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.7)["data"]
        (folder / "report.pdf").write_bytes(base64.b64decode(pdf))
        found += browser.complaints()
        browser.close()
    for problem in found:
        print(f"FAILED: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
