"""Reads the output of `go test -json` and prints what go test prints: a closing
line for each package, and everything that a failed test said. What tests of a
package log is shown too when that package logs figures (interop).

It fails when a test failed, when none ran, and when one was skipped that the
file named on the command line does not allow: a package and a test a line,
with a reason behind "#".
"""
import json
import sys

FIGURES = ("/interop",)  # packages whose logs are results


def allowed_skips(name):
    with open(name, encoding="utf-8") as lines:
        words = [line.split("#")[0].split() for line in lines]
    return {tuple(pair) for pair in words if pair}


def main(skips_file):
    allowed = allowed_skips(skips_file)
    said, count, failed_packages, forbidden = {}, {"pass": 0, "fail": 0, "skip": 0}, [], []
    for line in sys.stdin:
        try:
            event = json.loads(line)
        except ValueError:
            print(line, end="")  # of the go command itself
            continue
        action, package, test = event["Action"], event.get("Package", ""), event.get("Test")
        key = (package, test)
        if action == "build-output":
            print(event["Output"], end="")
        elif action == "output":
            said.setdefault(key, []).append(event["Output"])
        elif action in count and test:
            count[action] += 1
            text = "".join(said.pop(key, []))
            if action == "fail":
                print(text, end="")
            elif action == "skip" and key not in allowed:
                forbidden.append("%s %s" % key)
                print(text, end="")
            elif package.endswith(FIGURES):
                print("".join(line + "\n" for line in text.splitlines() if "_test.go:" in line), end="")
        elif action in count:
            text = said.pop(key, [])
            if action == "fail":
                failed_packages.append(package)
                for (other, name), rest in list(said.items()):  # tests that did not end
                    if other == package and name:
                        print("".join(rest), end="")
                print("".join(text), end="", flush=True)
            else:
                print("".join(line for line in text if line.startswith(("ok", "?"))), end="", flush=True)
    print("%(pass)d passed, %(fail)d failed, %(skip)d skipped" % count)
    for name in forbidden:
        print("skipped, and not in %s: %s" % (skips_file, name))
    return 1 if failed_packages or count["fail"] or forbidden or not count["pass"] else 0


sys.exit(main(sys.argv[1]))
