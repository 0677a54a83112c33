"""Saves a page as Chromium does on "Save as, web page, single file": python3 make_mhtml.py WORK PAGE TARGET."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

work, page, target = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3])
# The browser reads requests from descriptor 3 and writes answers to 4, so ours have to lie above them.
to_read, to_write = ([fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in os.pipe()] for _ in range(2))
os.dup2(to_read[0], 3, inheritable=True)
os.dup2(to_write[1], 4, inheritable=True)
browser = subprocess.Popen(
    [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={work}/mhtml",
        "--remote-debugging-pipe",
    ],
    pass_fds=(3, 4),
    stderr=subprocess.DEVNULL,
)
number, buffer = 0, b""


def receive():
    global buffer
    while b"\0" not in buffer:
        buffer += os.read(to_write[0], 1 << 16)
    message, _, buffer = buffer.partition(b"\0")
    return json.loads(message)


def call(method, session=None, **parameters):
    global number
    number += 1
    request = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
    os.write(to_read[1], json.dumps(request).encode() + b"\0")
    while (answer := receive()).get("id") != number:
        pass
    if "error" in answer:
        sys.exit(f"{method}: {answer['error']}")
    return answer["result"]


made = call("Target.createTarget", url="about:blank")
session = call("Target.attachToTarget", targetId=made["targetId"], flatten=True)["sessionId"]
call("Page.enable", session)
call("Page.navigate", session, url=page.as_uri())
while receive().get("method") != "Page.loadEventFired":
    pass
saved = call("Page.captureSnapshot", session, format="mhtml")["data"]
saved = saved.replace(page.as_uri(), "https://www.peilstok.example/2025/04/14/veerpont")
target.write_text(saved, encoding="utf-8", newline="")
call("Browser.close")
browser.wait(20)
