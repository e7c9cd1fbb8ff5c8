"""Compiles every ```cpp block of every README: documentation that does not compile is wrong."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["PLAIT_SOURCE"])
COMPILER = os.environ["PLAIT_COMPILER"]


def snippets():
    for folder in ("framework", "protocols", "apps", "test", "."):
        pattern = "*.md" if folder == "." else "**/*.md"
        for readme in sorted((SOURCE / folder).glob(pattern)):
            text = readme.read_text()
            for block in re.finditer(r"^```cpp\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
                line = text.count("\n", 0, block.start()) + 1
                yield f"{readme.relative_to(SOURCE)}:{line}", block.group(1)


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "snippet.cpp"
        for place, code in snippets():
            file.write_text(code)
            result = subprocess.run(
                [COMPILER, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                 f"-I{SOURCE}/framework", f"-I{SOURCE}/protocols", str(file)],
                text=True, stderr=subprocess.PIPE)
            if result.returncode == 0:
                passed += 1
            else:
                failed += 1
                print(f"{place} does not compile:\n{result.stderr}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
