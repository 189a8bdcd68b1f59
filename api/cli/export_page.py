"""What is kept about somebody as one HTML file that any browser shows and prints: no script, nothing from outside."""

from html import escape

from sync import clock
from sync.privacy.exporting import Exported, Section

STYLE = (
    "body{font:16px/1.6 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}td,th{border:1px solid #bbb;padding:.3rem .5rem;"
    "text-align:left;vertical-align:top;white-space:pre-wrap}small{color:#666}"
)
NOTES = (
    ("依法密封的事项不在本文件范围内。", "Matters that are sealed by law are not part of this file."),
    ("走访人员手机的定位点属于其履职记录,到期删除,不在本文件中。", "Fixes of cadres' phones are left out."),
    ("如有错误或需要删除,请向本单位提出。", "Ask us to correct or to erase what is wrong or not needed."),
)


def page(exported: Exported) -> str:
    """The file."""
    at = f"{clock.local(exported.at):%Y-%m-%d %H:%M}"
    terms = "".join(
        f"<tr><td>{escape(what.zh)} <small>{escape(what.en)}</small><td>{days}" for what, days in exported.terms
    )
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>个人信息副本</title>'
        f"<style>{STYLE}</style><h1>个人信息副本 <small>copy of personal data</small></h1>"
        f"<p>{at} · 申请编号 request {exported.request}</p>"
        + "".join(map(_section, exported.sections))
        + f"<h2>保存期限 <small>how long it is kept</small></h2><table><tr><th>内容<th>天 days{terms}</table>"
        + "".join(f"<p>{escape(zh)} <small>{escape(en)}</small></p>" for zh, en in NOTES)
        + "</html>\n"
    )


def _section(section: Section) -> str:
    head = "".join(f"<th>{escape(name.replace('_', ' '))}" for name in section.columns)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}" for cell in row) for row in section.rows)
    heading = f"{escape(section.what.zh)} <small>{escape(section.what.en)}</small>"
    return f"<h2>{heading}</h2><table><tr>{head}{rows}</table>"
