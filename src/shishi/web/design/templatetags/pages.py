"""What a page carries: its sheets, its scripts, and the small parts that all pages share."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.core.paginator import Page
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from shishi.web.design.built import built

register = template.Library()


@register.simple_tag
def style(name: str = "office") -> SafeString:
    """The link to a built sheet; the plain sheet where nothing is built."""
    sheet = built().styles.get(name)
    file = f"built/{sheet.file}" if sheet else "design/shishi.css"
    return format_html('<link rel="stylesheet" href="{}">', static(file))


@register.simple_tag
def script(name: str) -> SafeString:
    """A built bundle as an ES module, with what it shares fetched beside it; nothing where nothing is built."""
    bundle = built().scripts.get(name)
    if bundle is None:
        return SafeString("")
    shared = ((static(f"built/{file}"),) for file in bundle.shared)
    return format_html(
        '{}<script type="module" src="{}"></script>',
        format_html_join("", '<link rel="modulepreload" href="{}">', shared),
        static(f"built/{bundle.file}"),
    )


@register.simple_block_tag
def head_of_page(content: str) -> str:
    """The head of a page; nothing on a page that brings its own."""
    return "" if "<h1></h1>" in content else content


@register.simple_block_tag
def trail(content: str) -> str:
    """Where a page stands; nothing on a page that does not say."""
    return content if "<li" in content else ""


@register.simple_tag(takes_context=True)
def address_with(context: RequestContext, **changes: object) -> str:
    """This page's query string with some answers changed; ``None`` or nothing takes one out. Begins with ``?``."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def nearby(page: Page[object]) -> Iterable[int | str]:
    """The page numbers to offer: first, last and those around this one."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
