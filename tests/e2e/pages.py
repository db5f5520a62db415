"""Which pages there are: one line for each, held against the access table, so that none is forgotten.

A new page gets a line in ``LOOKS``; what it is about gets a name in ``making.py``. An address that gives no page gets a
line in ``NO_PAGES`` that says what it gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import Resolver404, resolve

from shishi.web.office import access_citizens
from shishi.web.office.access import DOORS, About

NOBODY, HALF_IN = "", "half in"
"""Who has not signed in, and who has given the password and is asked for the code."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a page. ``path``: its address, in which ``{things}`` are named; ``who`` opens it; ``press``: the
    button that is pressed there first (its page is looked at); ``follow``: the link that is followed; ``says``: what
    stands on it, so that nobody looks at an empty page."""

    path: str
    who: str = "operator"
    says: str = ""
    status: int = 200
    press: str = ""
    follow: str = ""

    def __str__(self) -> str:
        told = f"{self.path.strip('/') or 'home'} {self.who} {self.press or self.follow}".split()
        return "-".join(told).replace("/", "-")


HOMES = "somewhere/2021/homes"
PERMIT = "somewhere/2021/permit"
GRID = f"/ledger/{HOMES}/homes"
FACTOR = "/me/second-factor"
LOOKS = (
    Look("/", says="待办"),
    Look("/", "{answerer}"),
    Look("/nowhere/", status=404),
    Look("/audit/", "clerk_xuanzhou", status=403),
    Look("/p/", says="房屋办证"),
    Look(f"/p/{HOMES}/", says="序时进度"),
    Look(f"/p/{HOMES}/?as_of=2021-09-29&indicator=rate&basis=evidenced"),
    Look(f"/p/{HOMES}/?division=341802", "clerk_xuanzhou"),
    Look(f"/p/{HOMES}/map/"),
    Look(f"/p/{HOMES}/map/?division=341802"),
    Look(f"/why/{HOMES}/issued/", says="宣州区.xlsx"),
    Look(f"/why/{HOMES}/rate/"),
    Look(f"/why/{HOMES}/issued/not/"),
    Look(f"/difference/{HOMES}/issued/?as_of=2021-09-30&from=2021-09-29"),
    Look(f"/p/{HOMES}/evidence/"),
    Look("/row/{secret_entry}/evidence/", "clerk_xuanzhou"),
    Look("/row/{secret_entry}/archive/"),
    Look("/tasks/", says="房屋登记"),
    Look("/tasks/?tab=done", "clerk_xuanzhou", says="受理"),
    Look("/tasks/?tab=started", "clerk_xuanzhou"),
    Look("/tasks/?tab=copied"),
    Look(f"/tasks/?process={PERMIT}&step=Task_accept", says="批量办理"),
    Look(f"/tasks/approve/?process={PERMIT}&step=Task_accept", says="看看会办哪些"),
    Look("/tasks/{case_task}/", says="不予受理"),
    Look("/tasks/{case_review}/", says="审查情况"),
    Look("/tasks/{case_task}/hand-over/", says="转办的理由"),
    Look("/cases/?state=any", says="房屋登记"),
    Look("/cases/{case}/", says="办到哪一步"),
    Look("/cases/{case}/", "clerk_xuanzhou", says="办件记录"),
    Look("/cases/{case}/comment/", says="谁能看到"),
    Look("/cases/{case}/materials/plan/give/", says="文件"),
    Look(f"/cases/new/{PERMIT}/", "clerk_xuanzhou", says="申请人姓名或名称"),
    Look("/cases/incidents/", says="异常件"),
    Look("/cases/incidents/{incident}/", says="出了什么问题"),
    Look("/cases/incidents/{incident}/retry/", says="怎样处置的"),
    Look("/cases/statistics/", says="办件统计"),
    Look(f"/cases/statistics/{PERMIT}/?span=all", says="时间停在哪里"),
    Look("/notices/"),
    Look("/notices/{notice}/", "leader", says="办理经过"),
    Look("/notices/{notice}/", "{answerer}", says="签收"),
    Look("/notices/{notice}/reply/", "{answerer}", press="反馈", says="还不能提交"),
    Look("/notices/{notice_draft}/wording/", "leader"),
    Look("/stocktakes/"),
    Look(f"/stocktakes/{HOMES}/2021-09-30/", "leader", says="问题"),
    Look("/findings/"),
    Look("/findings/{finding}/draft/", "leader"),
    Look("/findings/{finding}/dismiss/", "leader"),
    Look(f"/meetings/new/{HOMES}/?as_of=2021-09-30", "operator"),
    Look("/meetings/{meeting}/", says="遗留项目测绘和补登"),
    Look("/meetings/{meeting}/correction/"),
    Look("/matters/"),
    Look(f"/matters/new/{HOMES}/", "leader"),
    Look("/matters/{matter}/", "leader", says="测绘"),
    Look("/matters/{matter}/report/", "clerk_xuanzhou", press="报结", says="还不能提交"),
    Look("/matters/import/", "leader"),
    Look("/decisions/", says="业主共同决定"),
    Look("/fieldwork/", "leader", says="郎溪县窗口办证情况"),
    Look("/fieldwork/?tab=done", "leader", says="双桥小区施工现场"),
    Look(f"/fieldwork/plan/{HOMES}/", "leader", press="列入计划", says="还不能提交"),
    Look("/fieldwork/{visit_planned}/", "leader", says="现场登记"),
    Look("/fieldwork/{visit}/", "leader", says="听取对停车的意见"),
    Look("/fieldwork/{visit_planned}/result/", "leader", press="登记", says="还不能提交"),
    Look("/fieldwork/{visit_planned}/cancel/", "leader"),
    Look("/fieldwork/problems/", "clerk_xuanzhou", says="围挡缺口"),
    Look("/fieldwork/problems/{problem}/", "clerk_xuanzhou", says="报整改结果"),
    Look("/fieldwork/problems/{problem}/reply/", "clerk_xuanzhou", press="报整改结果", says="还不能提交"),
    Look("/fieldwork/problems/{problem_replied}/close/", "inspector", says="已补贴监督电话"),
    Look("/fieldwork/capture/", "leader", says="断网也能打开本页"),
    Look("/fieldwork/devices/", "clerk_xuanzhou", says="宣州区的安卓手机"),
    Look("/fieldwork/devices/new/", "clerk_xuanzhou"),
    Look("/fieldwork/received/", "clerk_xuanzhou", says="没有报过的小区"),
    Look("/fieldwork/received/{submission}/", "clerk_xuanzhou", says="没有写入台账"),
    Look("/circulars/"),
    Look(f"/circulars/new/{HOMES}/2021-09-30/", "leader"),
    Look("/circulars/{circular}/", "leader"),
    Look("/circulars/{circular}/wording/", "leader"),
    Look("/circulars/{circular}/withdraw/", "leader", press="撤回", says="还不能提交"),
    Look("/verifications/", "verifier_a", says="等我核实的"),
    Look(f"/verifications/new/{HOMES}/", "verifier_a", says="总体"),
    Look("/verifications/mine/", "verifier_a", says="正在核实"),
    Look("/verifications/{verification}/", "leader", says="核实估计"),
    Look("/verifications/{verification_going}/", "verifier_a", says="核实进展"),
    Look("/verifications/{verification_planned}/", "verifier_a", says="下一步"),
    Look("/verifications/{verification_planned}/draw/", "verifier_a"),
    Look("/verifications/{verification_going}/results/", "verifier_a", press="交回", says="还不能提交"),
    Look("/verifications/{verification}/rows/", "leader", says="核实不符"),
    Look("/verifications/rows/{drawn_open}/", "verifier_a", press="记下结果", says="还不能提交"),
    Look("/verifications/rows/{drawn_refuted}/", "leader", says="还没有发证"),
    Look("/verifications/rows/{drawn_refuted}/recheck/", "verifier_a"),
    Look("/briefs/"),
    Look("/briefs/new/"),
    Look("/briefs/{brief}/?check=1"),
    Look("/briefs/drafts/{draft}/", says="手写的数"),
    Look("/briefs/drafts/{frozen}/", "leader", says="轮到"),
    Look("/briefs/drafts/{draft}/pick/"),
    Look("/publishing/", says="房屋办证"),
    Look(f"/publishing/{HOMES}/?as_of=2021-09-30"),
    Look(f"/publishing/{HOMES}/2021-09-30/1/take-down/"),
    Look("/imports/", "clerk_xuanzhou", says="最近交来的"),
    Look("/imports/", "clerk_xuanzhou", press="交来看看", says="还不能提交"),
    Look("/imports/{import_look}/", "clerk_xuanzhou", says="读懂了什么"),
    Look("/imports/{import_look}/?step=changes", "clerk_xuanzhou", says="逐格改动"),
    Look("/imports/{import_faults}/", "clerk_xuanzhou", says="必填"),
    Look("/imports/{import_queries}/", "clerk_xuanzhou", says="核实说明"),
    Look("/imports/{import_unchanged}/?step=changes", "clerk_xuanzhou", says="完全一样"),
    Look("/imports/{import_done}/", "clerk_xuanzhou", says="已写入"),
    Look("/imports/{import_proposed}/", "clerk_xuanzhou", says="已送审"),
    Look("/imports/no-change/", "clerk_xuanzhou"),
    Look(f"/batches/?table={HOMES}/homes"),
    Look("/batches/{batch}/", "clerk_xuanzhou"),
    Look("/proposals/"),
    Look("/proposals/{proposal}/", "reviewer", says="退回"),
    Look("/reports/?table=somewhere/2021/homes/metrics&period={week}", "reviewer"),
    Look(f"/reports/{HOMES}/metrics/{{week}}/341802/", "reviewer", says="9700"),
    Look(f"/reports/{HOMES}/metrics/{{week}}/341882/", "clerk_guangde"),
    Look("/jobs/", says="恢复演练"),
    Look("/jobs/{job}/", says="读写文件时出了错"),
    Look("/ledger/"),
    Look(f"{GRID}/", "clerk_xuanzhou", says="X2"),
    Look(f"{GRID}/?view={{view}}"),
    Look(f"{GRID}/?group=stage"),
    Look(f"{GRID}/board/", "clerk_xuanzhou", says="已登记"),
    Look(f"{GRID}/spread/"),
    Look(f"{GRID}/bulk/", "clerk_xuanzhou"),
    Look("/row/{entry}/", "clerk_xuanzhou", says="核对过了"),
    Look("/row/{secret_entry}/", says="张"),
    Look("/row/{entry}/rekey/", "clerk_xuanzhou"),
    Look("/editor/", says="老年食堂"),
    Look("/editor/new/", press="读一读这份表", says="还不能提交"),
    Look(f"/editor/change/{HOMES}/"),
    Look("/editor/{programme_draft}/", says="各部分"),
    Look("/editor/{programme_draft}/tables/items/", says="核对列"),
    Look("/editor/{programme_draft}/tables/items/preview/", says="食堂名称"),
    Look("/editor/{programme_draft}/tables/items/evidence/", press="保存", says="还不能提交"),
    Look("/editor/{programme_draft}/tables/items/columns/canteen_name/"),
    Look("/editor/{programme_draft}/frame/", says="写明承诺"),
    Look("/editor/{programme_draft}/indicators/finished/"),
    Look("/editor/{programme_draft}/targets/finished/"),
    Look("/editor/{programme_draft}/rhythm/", says="督办阶梯"),
    Look("/editor/{programme_draft}/new-table/", press="添上", says="还不能提交"),
    Look("/editor/{programme_draft}/tables/items/drop/"),
    Look("/editor/{programme_draft}/tables/items/checks/new/", press="添一组", says="一行应当满足什么"),
    Look("/editor/{programme_draft}/rules/new/", press="保存", says="还不能提交"),
    Look("/editor/{programme_draft}/briefs/weekly/", says="排第几"),
    Look("/editor/{programme_draft}/publishing/", says="小数保护"),
    Look("/editor/{programme_draft}/words/"),
    Look("/editor/{programme_draft}/files/"),
    Look("/editor/{programme_draft}/review/", says="减负检查"),
    Look("/burden/", says="合起来看"),
    Look("/search/?q=X2", says="X2"),
    Look("/search/?q=nichtvorhanden"),
    Look("/audit/?verify=1"),
    Look("/exchange/"),
    Look("/health/"),
    Look("/machines/", says="没有收下"),
    Look("/machines/calls/{failed_call}/replay/", says="没有收下"),
    Look("/machines/calls/{failed_call}/drop/", press="放弃这次推送", says="还不能提交"),
    Look("/api/", says="/api/v1/cases/"),
    Look("/api/", NOBODY, says="/api/v1/cases/"),
    Look("/people/"),
    Look("/people/add/", press="新增人员", says="还不能提交"),
    Look("/people/import/"),
    Look("/people/clerk_guangde/", says="代理"),
    Look("/people/clerk_guangde/invite/"),
    Look("/people/clerk_guangde/posts/add/"),
    Look("/posts/{post}/end/"),
    Look("/posts/{post}/stand-in/"),
    Look("/bodies/"),
    Look("/bodies/add/"),
    Look("/bodies/guangde/"),
    Look("/bodies/guangde/end/"),
    Look("/me/posts/", "reviewer", says="出差"),
    Look("/me/posts/{own_post}/delegate/", "reviewer"),
    Look("/me/delegations/{delegation}/take-back/", "reviewer"),
    Look("/preferences/"),
    Look("/design/"),
    # Coming in, and one's own account
    Look("/sign-in/", NOBODY),
    Look("/sign-in/", NOBODY, press="登录"),
    Look("/sign-in/closed/", NOBODY),
    Look("/sign-in/link/{entry_link}/", NOBODY),
    Look("/sign-in/password/{invitation}/", NOBODY),
    Look("/sign-in/link/spent/", NOBODY, status=400),
    Look(f"{FACTOR}/authenticate/", HALF_IN),
    Look("/me/sessions/"),
    Look("/me/password/first/"),
    Look("/me/password/", "novice"),
    Look(f"{FACTOR}/", "novice"),
    Look(f"{FACTOR}/totp/activate/", "novice"),
    Look(f"{FACTOR}/", "keeper"),
    Look("/sign-in/again/", "keeper"),
    Look(f"{FACTOR}/reauthenticate/", "keeper"),
    Look(f"{FACTOR}/totp/deactivate/", "keeper"),
    Look(f"{FACTOR}/recovery-codes/", "keeper"),
    Look(f"{FACTOR}/recovery-codes/generate/", "keeper"),
    Look(f"{FACTOR}/webauthn/", "keeper", says="办公室的电脑"),
    Look(f"{FACTOR}/webauthn/add/", "keeper"),
    Look(f"{FACTOR}/webauthn/", "keeper", follow="改名"),
    Look(f"{FACTOR}/webauthn/", "keeper", follow="移除"),
    Look(f"{FACTOR}/webauthn/reauthenticate/", "keeper"),
    Look("/sign-out/", "novice"),
    # The portal
    Look("/promises/", NOBODY, says="房屋办证"),
    Look("/promises/about/", NOBODY),
    Look("/promises/ballot/", NOBODY, says="投票号码"),
    Look(f"/promises/{HOMES}/", NOBODY),
    Look(f"/promises/{HOMES}/341821/", NOBODY),
    Look(f"/promises/{HOMES}/rate/?place=341802", NOBODY, says="好了"),
    Look("/promises/evidence/{photo_code}/", NOBODY),
    Look("/promises/nowhere/", NOBODY, status=404),
    # The citizens' side; what needs a catalogue and a citizen is looked at in test_journey_of_a_citizen
    Look("/services/", NOBODY, says="您要办什么事"),
    Look(f"/services/?{urlencode({'q': '医保'})}", NOBODY, says="没有找到"),
    Look("/services/sign-in/", NOBODY, says="用手机号登录"),
    Look("/services/progress/", NOBODY, says="办到哪一步了"),
    Look("/services/drafts/", NOBODY, says="草稿编号"),
    Look("/services/sign-out/", NOBODY, says="您没有登录"),
    Look("/services/nowhere/", NOBODY, status=404),
)
"""In the order in which they are opened: the last of a person's are those after which much is different."""

NO_PAGES: Mapping[str, tuple[str, str]] = {
    "api:openapi": ("/api/openapi.json", "a document for programs"),
    "api:open311-discovery": ("/open311/v2/discovery.xml", "a document for programs"),
    "api:open311-services": ("/open311/v2/services.json", "a document for programs"),
    "api:open311-service": ("", "a document for programs, where a pack takes complaints"),
    "office:case-diagram": ("/cases/{case}/diagram.bpmn", "the drawing of a process"),
    "office:case-file": ("", "a file, of a material that was handed in"),
    "office:case-statistics-export": (f"/cases/statistics/{PERMIT}/export.csv", "a file"),
    "office:programme-course": (f"/p/{HOMES}/course.json", "the numbers of a drawing"),
    "office:programme-export": (f"/p/{HOMES}/export.csv", "a file"),
    "office:map-shapes": (f"/p/{HOMES}/map/shapes.json", "the outlines of a map"),
    "office:ledger-places": (f"{GRID}/places.json", "points for a map"),
    "office:evidence-ticket": ("", "answers a form alone"),
    "office:evidence-capture": ("", "answers a form alone"),
    "office:evidence-step": ("", "answers a form alone"),
    "office:evidence-original": ("", "answers a form alone"),
    "office:evidence-picture": ("/evidence/{photo}/thumb.jpg", "a picture"),
    "office:evidence-paper": ("/evidence/{paper}.pdf", "a file"),
    "office:evidence-archive-file": ("/row/{secret_entry}/archive.zip", "a file"),
    "office:evidence-archive-print": ("/row/{secret_entry}/archive.pdf", "a file"),
    "office:notice-paper": ("/notices/{notice}/paper.docx", "a file"),
    "office:matter-evidence": ("", "a file"),
    "office:matters-template": ("/matters/import/template.xlsx", "a file"),
    "office:matters-marked": ("", "a file"),
    "office:verification-sheet": ("/verifications/{verification_going}/sheet.xlsx", "a file"),
    "office:verification-population": ("/verifications/{verification}/population.csv", "a file"),
    "office:fieldwork-photo": ("", "a picture"),
    "office:fieldwork-attached": ("", "a file"),
    "office:fieldwork-standing": ("/fieldwork/standing.json", "what a phone asks"),
    "office:fieldwork-worker": ("/fieldwork/worker.js", "a script"),
    "office:fieldwork-submission-file": ("", "a file"),
    "office:editor-template": ("/editor/{programme_draft}/tables/items/template.xlsx", "a file"),
    "office:editor-export": ("/editor/{programme_draft}/pack.zip", "a file"),
    "office:editor-step": ("/editor/{programme_draft}/submit/", "leads back to the draft"),
    "office:circular-paper": ("/circulars/{circular}/paper.docx", "a file"),
    "office:brief": ("/briefs/{brief}.json", "a file"),
    "office:brief-preview": ("/briefs/drafts/{draft}.docx", "a file"),
    "office:brief-step": ("/briefs/drafts/{draft}/sign/", "leads back to the draft; its faults answer a form"),
    "office:import-template": (f"/imports/template.xlsx?table={HOMES}/homes", "a file"),
    "office:import-marked": ("/imports/{import_faults}/marked.xlsx", "a file"),
    "office:import-mapping": ("/imports/{import_look}/mapping/", "leads back to the hand-in"),
    "office:import-explain": ("/imports/{import_queries}/explain/", "leads back to the hand-in"),
    "office:import-confirm": ("/imports/{import_look}/confirm/", "leads back to the hand-in"),
    "office:proposal-decide": ("/proposals/{proposal}/approve/", "leads back to the proposal"),
    "office:reports-step": ("/reports/review/", "leads back to the reports"),
    "office:report-step": (f"/reports/{HOMES}/metrics/{{week}}/341802/review/", "leads back to the report"),
    "office:job-decide": ("/jobs/{job}/retry/", "leads back to the job"),
    "office:ledger-export": (f"{GRID}/export.csv", "a file"),
    "office:search-suggestions": ("/search/suggestions/?q=X2", "a part of every page"),
    "office:people-template": ("/people/import/template.xlsx", "a file"),
    "office:people-marked": ("", "a file"),
    "office:entry-demonstration": ("", "answers a form alone"),
    "mfa_login_webauthn": (f"{FACTOR}/webauthn/login/", "a challenge for a key; leads to the entrance otherwise"),
    "mfa_download_recovery_codes": ("", "a file"),
    "portal:csv": (f"/promises/{HOMES}/figures.csv", "a file"),
    "portal:json": (f"/promises/{HOMES}/figures.json", "a file"),
    "portal:dictionary": (f"/promises/{HOMES}/dictionary.csv", "a file"),
    "portal:brief": (f"/promises/{HOMES}/brief.pdf", "a file"),
    "portal:rows": ("", "a file, where rows are published one by one"),
    **dict.fromkeys(
        ("office:decision-new", "office:decision", "office:decision-step", "office:decision-protocol"),
        ("", "of a pack that says what owners decide by: tests/web/office/test_decisions looks at it"),
    ),
    **{
        f"services:{noun}": ("", "a citizen's own, or about an item: test_journey_of_a_citizen looks at it")
        for noun in (
            *access_citizens.OWN,
            "guide",
            "sign-in-code",
            "progress-code",
            "progress-case",
            "onward",
            "elsewhere",
        )
    },
    **dict.fromkeys((*access_citizens.PROVIDER, *access_citizens.ELSEWHERE), ("", "what outside systems ask")),
}
"""What the routes give that give no page: an address to see it by (none where it cannot simply be opened), and what."""


def route_of(path: str) -> str:
    """The route that answers a path; empty for none."""
    try:
        return resolve(path.partition("?")[0]).view_name
    except Resolver404:
        return ""


def readable_routes() -> set[str]:
    """Every route of the access table that people may open; what devices ask for is theirs."""
    return {name for name, door in DOORS.items() if door.reads and door.about is not About.MACHINE}
