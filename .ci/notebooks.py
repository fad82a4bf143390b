"""Executes notebooks, renders them in light and dark, and checks the pages.

Usage: notebooks.py PAGES [--write] [NOTEBOOK ..]; default: all of notebooks/. Fails if a cell raises an error or takes
longer than CELL_SECONDS, or if a page has a broken image or no table cells. --write stores the outputs in the notebooks.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbconvert import HTMLExporter

CELL_SECONDS = 600  # a notebook takes under 120 s on two idle cores; allows for a busy machine
CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars"]
# Sets the title to the number of images, broken images and table cells.
COUNT = """<script>window.addEventListener('load', () => {
  const images = [...document.images];
  const broken = images.filter(i => !i.complete || i.naturalWidth === 0).length;
  document.title = 'images ' + images.length + ' broken ' + broken + ' tables ' + document.querySelectorAll('td').length;
});</script>"""


def execute(path):
    """Returns the notebook with outputs; raises if a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="jmoe", record_timing=False,
                            resources={"metadata": {"path": str(path.parent)}})
    client.execute()
    for cell in notebook.cells:
        if cell.cell_type == "code" and re.search(r"^%", cell.source, re.MULTILINE):
            cell.outputs = []  # a magic reports paths of this machine
    outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    if not any(o.get("data", {}).get("image/png") or o.get("data", {}).get("text/html") for o in outputs):
        raise RuntimeError("the notebook has neither a table nor an image")
    errors = [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    if errors:
        raise RuntimeError("a cell wrote to the error stream: " + errors[0])
    for path in (tempfile.gettempdir(), pathlib.Path.home(), pathlib.Path.cwd()):
        if f"{path}/" in json.dumps(outputs):
            raise RuntimeError(f"an output contains a path of this machine, {path}")
    return notebook


def expected(notebook):
    """Returns the number of images in the outputs."""
    return sum("image/png" in o.get("data", {}) for cell in notebook.cells if cell.cell_type == "code"
               for o in cell.outputs)


def check_page(page, images):
    """Opens the page in a browser; raises if an image is broken or missing."""
    with tempfile.TemporaryDirectory() as profile:
        browser = ["chromium", *CHROMIUM, f"--user-data-dir={profile}"]
        dom = subprocess.run([*browser, "--virtual-time-budget=20000", "--dump-dom", page.as_uri()],
                             capture_output=True, text=True, timeout=180, check=True).stdout
        found = re.search(r"<title>images (\d+) broken (\d+) tables (\d+)</title>", dom)
        if not found or int(found[2]) > 0 or int(found[1]) < images or int(found[3]) == 0:
            raise RuntimeError(f"{page.name}: {found[0] if found else 'the page did not load'}, {images} images expected")
        shot = page.with_suffix(".png")
        subprocess.run([*browser, "--window-size=1100,3000", f"--screenshot={shot}", page.as_uri()],
                       capture_output=True, timeout=180, check=True)
        if not shot.exists() or shot.stat().st_size < 20_000:
            raise RuntimeError(f"{page.name}: the screenshot is empty")


def main():
    pages = pathlib.Path(sys.argv[1])
    pages.mkdir(parents=True)
    write = "--write" in sys.argv
    notebooks = [pathlib.Path(n) for n in sys.argv[2:] if n != "--write"] or sorted(pathlib.Path("notebooks").glob("*.ipynb"))
    browser = shutil.which("chromium")
    failed = 0
    for path in notebooks:
        start = time.monotonic()
        try:
            notebook = execute(path)
            for theme in ("light", "dark"):
                html, _ = HTMLExporter(theme=theme).from_notebook_node(notebook)
                page = (pages / f"{path.stem}-{theme}.html").resolve()
                page.write_text(html.replace("</body>", COUNT + "</body>"), encoding="utf-8")
                if browser:
                    check_page(page, expected(notebook))
            if write:
                nbformat.write(notebook, path)
            seconds = time.monotonic() - start
            print(f"{path}: {expected(notebook)} images, {seconds:.0f} s", flush=True)
        except (CellExecutionError, CellTimeoutError, RuntimeError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"{path}: {error}", file=sys.stderr, flush=True)
    if not browser:
        print("pages not checked: Chromium is not installed")
    print(f"{len(notebooks) - failed} notebooks ran, {failed} failed")
    return 1 if failed or not notebooks else 0


sys.exit(main())
