"""Executes notebooks, renders them in light and dark, and checks the pages.

Usage: notebooks.py PAGES [NOTEBOOK ..]; all of notebooks/ where none is named. Fails on an error in a cell, on a
cell that takes longer than CELL_SECONDS, and on a page with a picture that is broken or a table without a value.
"""

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

CELL_SECONDS = 240  # a whole notebook takes under 120 on two quiet cores; this machine may not be quiet
CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars"]
# Sets the title to the number of pictures, of broken ones, and of tables.
COUNT = """<script>window.addEventListener('load', () => {
  const pictures = [...document.images];
  const broken = pictures.filter(i => !i.complete || i.naturalWidth === 0).length;
  document.title = 'pictures ' + pictures.length + ' broken ' + broken + ' tables ' + document.querySelectorAll('td').length;
});</script>"""


def execute(path):
    """The notebook with outputs; raises where a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="jmoe",
                            resources={"metadata": {"path": str(path.parent)}})
    client.execute()
    outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    if not any(o.get("data", {}).get("image/png") or o.get("data", {}).get("text/html") for o in outputs):
        raise RuntimeError("the notebook shows neither a table nor a picture")
    errors = [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    if errors:
        raise RuntimeError("a cell wrote to the error stream: " + errors[0])
    return notebook


def expected(notebook):
    """How many pictures the outputs hold."""
    return sum("image/png" in o.get("data", {}) for cell in notebook.cells if cell.cell_type == "code"
               for o in cell.outputs)


def look(page, pictures):
    """Opens the page in a browser; raises where a picture is broken or missing."""
    with tempfile.TemporaryDirectory() as profile:
        browser = ["chromium", *CHROMIUM, f"--user-data-dir={profile}"]
        dom = subprocess.run([*browser, "--virtual-time-budget=20000", "--dump-dom", page.as_uri()],
                             capture_output=True, text=True, timeout=180, check=True).stdout
        found = re.search(r"<title>pictures (\d+) broken (\d+) tables (\d+)</title>", dom)
        if not found or int(found[2]) > 0 or int(found[1]) < pictures or int(found[3]) == 0:
            raise RuntimeError(f"{page.name}: {found[0] if found else 'the page did not load'}, {pictures} pictures expected")
        shot = page.with_suffix(".png")
        subprocess.run([*browser, "--window-size=1100,3000", f"--screenshot={shot}", page.as_uri()],
                       capture_output=True, timeout=180, check=True)
        if not shot.exists() or shot.stat().st_size < 20_000:
            raise RuntimeError(f"{page.name}: the screenshot is empty")


def main():
    pages = pathlib.Path(sys.argv[1])
    pages.mkdir(parents=True)
    notebooks = [pathlib.Path(n) for n in sys.argv[2:]] or sorted(pathlib.Path("notebooks").glob("*.ipynb"))
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
                    look(page, expected(notebook))
            seconds = time.monotonic() - start
            print(f"{path}: {expected(notebook)} pictures, {seconds:.0f} s", flush=True)
        except (CellExecutionError, CellTimeoutError, RuntimeError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"{path}: {error}", file=sys.stderr, flush=True)
    if not browser:
        print("pages not looked at: there is no Chromium")
    print(f"{len(notebooks) - failed} notebooks ran, {failed} failed")
    return 1 if failed or not notebooks else 0


sys.exit(main())
