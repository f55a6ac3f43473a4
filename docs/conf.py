"""Sphinx configuration; build with ``sphinx-build -W docs docs/_build``."""

from importlib.metadata import version as installed_version

project = "kan_equiv"
author = "kan_equiv contributors"
copyright = "2026, kan_equiv contributors"
try:
    release = installed_version("kan-equiv")
except ModuleNotFoundError:  # a source tree that is not installed
    release = ""

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = "kan_equiv"

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True

suppress_warnings = [
    # A package re-exports the names of its modules: both are right targets.
    "ref.python",
]


def escape_bars(app, what, name, obj, options, lines):
    """|f| is an absolute value in our docstrings, not a reST substitution."""
    lines[:] = [line.replace("|", "\\|") for line in lines]


def setup(app):
    app.connect("autodoc-process-docstring", escape_bars)
