"""XLSForms of others (ODK, KoBo, SurveyCTO): a survey becomes the proposal of a table, its repeats tables beside it.

pyxform reads the rows of the sheets and says what is wrong with them; what a question becomes is said question by
question, and so is everything that a table has no word for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from shishi.core.errors import Refused
from shishi.core.guessed_types import HINTS, Seen, kind_of
from shishi.core.guessing import Guess, GuessedTable, LeftOut
from shishi.core.tables import Choice, Field, FieldType, Sensitivity

Sheets = Mapping[str, Sequence[Mapping[str, str]]]
"""Sheet → its rows, each column by its header."""
SHEETS = ("survey", "choices", "settings")
MOST_QUESTIONS = 300
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_PLAIN: Mapping[str, FieldType] = {
    "text": FieldType.TEXT, "string": FieldType.TEXT, "barcode": FieldType.TEXT, "time": FieldType.TEXT,
    "integer": FieldType.INTEGER, "int": FieldType.INTEGER, "decimal": FieldType.DECIMAL, "range": FieldType.INTEGER,
    "date": FieldType.DATE, "dateTime": FieldType.DAY_TIME, "datetime": FieldType.DAY_TIME,
    "geopoint": FieldType.POINT, "photo": FieldType.FILE, "image": FieldType.FILE, "audio": FieldType.FILE,
    "video": FieldType.FILE, "file": FieldType.FILE, "acknowledge": FieldType.YES_NO, "trigger": FieldType.YES_NO,
}  # fmt: skip
_CHOSEN = {"select one": FieldType.ENUMERATION, "select all that apply": FieldType.CHOICES, "rank": FieldType.CHOICES}
_WITHOUT = {
    "note": "只是一段说明，不收内容。",
    "calculate": "是算出来的，不用填报；要算的数请做成指标。",
    "hidden": "填报人看不到它。",
    "geotrace": "是一条线，台账只收一个点。",
    "geoshape": "是一块地，台账只收一个点。",
    "audit": "记录填报人的操作，不收。",
    "csv-external": "引用外部文件，不收。",
    "xml-external": "引用外部文件，不收。",
}
_PERSONAL = frozenset(
    {FieldType.CITIZEN_NUMBER, FieldType.CREDIT_CODE, FieldType.PHONE, FieldType.REAL_ESTATE_UNIT,
     FieldType.IDENTITY_DOCUMENT, FieldType.DIVISION}
)  # fmt: skip
_LIMIT = re.compile(r"\.\s*(>=|<=|>|<)\s*(?:date\(\s*)?'?(-?\d+(?:\.\d+)?|\d{4}-\d{2}-\d{2})'?\s*\)?")
_LENGTH = re.compile(r"string-length\(\s*\.\s*\)\s*(<=|<)\s*(\d+)")


@dataclass(frozen=True, slots=True)
class SurveyTable:
    """A table as a survey proposes it. ``repeat``: the name of the repeat that it was, empty for the survey itself;
    ``parent``: the place among the tables of the one that its rows hang on."""

    title: str
    guessed: GuessedTable
    repeat: str = ""
    parent: int = -1
    link: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """A whole XLSForm; the first table is the survey itself."""

    title: str
    tables: tuple[SurveyTable, ...]


def read_survey(sheets: Sheets, naming: Callable[[str], str]) -> Survey:
    """The tables that an XLSForm proposes. ``naming``: an identifier for a title, where the form's own name is none
    of ours. ``Refused`` (``survey_malformed``): what pyxform says of it; ``survey_too_long``."""
    told = _converted(sheets)
    reader = _Reader(naming, str(told.get("default_language", "")))
    title = str(told.get("title") or "").strip()
    reader.table(title if title and title != told.get("id_string") else "调查表", told.get("children", ()))
    return Survey(title, tuple(reader.tables))


def _converted(sheets: Sheets) -> dict[str, Any]:
    from pyxform.errors import PyXFormError
    from pyxform.xls2json import workbook_to_json
    from pyxform.xls2json_backends import DefinitionData

    if len(sheets.get("survey", ())) > MOST_QUESTIONS:
        raise Refused("survey_too_long", f"调查表超过 {MOST_QUESTIONS} 行。请拆成几份再导入。")
    given: dict[str, Any] = {}
    for name in SHEETS:
        rows = [dict(row) for row in sheets.get(name, ())]
        given[name] = rows
        given[f"{name}_header"] = [dict.fromkeys(dict.fromkeys(key for row in rows for key in row))]
    try:
        told: dict[str, Any] = workbook_to_json(
            DefinitionData(sheet_names=list(sheets), **given), form_name="data", fallback_form_name="survey"
        )
    except (PyXFormError, KeyError, TypeError, ValueError, AttributeError) as error:
        why = str(error).strip() or type(error).__name__
        message = f"这份调查表（XLSForm）读不通：{why}。请在设计它的软件里改好再导入。"
        raise Refused("survey_malformed", message) from error
    return told


@dataclass
class _Reader:
    """Walks the questions; each repeat becomes a table of its own."""

    naming: Callable[[str], str]
    language: str
    tables: list[SurveyTable] = field(default_factory=list)

    def table(self, title: str, children: Sequence[Mapping[str, Any]], repeat: str = "", parent: int = -1) -> None:
        """One table with its questions; its repeats come after it."""
        guesses: list[Guess] = []
        left: list[LeftOut] = []
        repeats: list[tuple[str, Mapping[str, Any]]] = []
        for question, conditional in self._questions(children):
            if question.get("type") == "repeat":
                repeats.append((self.words(question.get("label")) or str(question["name"]), question))
            else:
                self._take(question, guesses, left, conditional=conditional)
        at, link = len(self.tables), ""
        if repeat:
            link = _free("of_row", guesses)
            order = _free("order", guesses)
            guesses = [_order(order), *guesses]
            key: tuple[str, ...] = (link, order)
            reason = "一行属于哪一行，和它是第几个。"
        else:
            key, reason = self._key(guesses)
        guesses = [_needed(guess, key) for guess in guesses]
        division = next((guess.field.name for guess in guesses if guess.field.type is FieldType.DIVISION), "")
        self.tables.append(
            SurveyTable(
                title[:60], GuessedTable(tuple(guesses), tuple(left), key, reason, division, 0), repeat, parent, link
            )
        )
        for words, question in repeats:
            self.table(words, question.get("children", ()), str(question["name"]), at)

    def _questions(
        self, children: Sequence[Mapping[str, Any]], conditional: bool = False
    ) -> Iterator[tuple[Mapping[str, Any], bool]]:
        """The questions of all groups in their order, and whether each is asked only sometimes."""
        for child in children:
            when = conditional or bool((child.get("bind") or {}).get("relevant"))
            if child.get("type") == "group":
                if child.get("name") != "meta":
                    yield from self._questions(child.get("children", ()), when)
            else:
                yield child, when

    def words(self, told: object) -> str:
        """A label in Chinese where there is one, else in the form's own language, else in any."""
        if not isinstance(told, Mapping):
            return " ".join(str(told or "").split())
        chinese = next((text for name, text in told.items() if re.search(r"zh|中文|汉语|Chinese", str(name))), None)
        own = told.get(self.language) or told.get("default") or next(iter(told.values()), "")
        return " ".join(str(chinese or own or "").split())

    def _take(
        self, question: Mapping[str, Any], guesses: list[Guess], left: list[LeftOut], *, conditional: bool
    ) -> None:
        name, kind = str(question.get("name", "")), str(question.get("type", ""))
        title = self.words(question.get("label")) or name
        if kind in _CHOSEN and question.get("choices"):
            made = self._chosen(question, kind, title)
        elif kind in _PLAIN:
            made = self._plain(question, kind, title)
        else:
            why = _WITHOUT.get(
                kind, f"“{kind}”由采集程序自己记录，台账不收。" if title == name else f"台账没有“{kind}”这种列。"
            )
            left.append(LeftOut(name, title, why))
            return
        made_field, reasons = made
        bind = question.get("bind") or {}
        required = str(bind.get("required", "")).lower() in ("yes", "true()", "true")
        if conditional:
            reasons.append("原来只在某种情况下才问，这个条件没有照搬，所以不定为必填；需要的话写成核对规则。")
        made_field, told = _limited(made_field, str(bind.get("constraint", "")))
        reasons += told
        note = self.words(question.get("hint"))[:200]
        used = {guess.field.name for guess in guesses}
        wanted = name if _NAME.fullmatch(name) else self.naming(title)
        called = next(word for word in (wanted, *(f"{wanted}_{n}" for n in range(2, 1000))) if word not in used)
        titles = {guess.field.title for guess in guesses}
        shown = title[:60] if title[:60] not in titles else f"{title[:48]}（{name[:10]}）"
        made_field = replace(made_field, name=called, title=shown, required=required and not conditional, note=note)
        guesses.append(Guess(made_field, "", name, tuple(reasons), 0, 0))

    def _plain(self, question: Mapping[str, Any], kind: str, title: str) -> tuple[Field, list[str]]:
        made = Field("", title, _PLAIN[kind])
        reasons = [f"原来的类型是 {kind}。"]
        if kind == "time":
            reasons.append("台账没有单独的时刻，按文字收。")
        if made.type is FieldType.DECIMAL:
            made = replace(made, scale=2)
            reasons.append("原来没有说几位小数，先按 2 位。")
        if kind == "range":
            steps = [str((question.get("parameters") or {}).get(part, "")) for part in ("start", "end", "step")]
            if any("." in step for step in steps):
                made = replace(made, type=FieldType.DECIMAL, scale=max(len(s.partition(".")[2]) for s in steps))
            if all(re.fullmatch(r"-?\d+(\.\d+)?", step) for step in steps[:2]):
                low, high = sorted(map(Decimal, steps[:2]))
                made = replace(made, minimum=low, maximum=high)
        if made.type is FieldType.TEXT and kind in ("text", "string"):
            seen = kind_of(Seen.of(title, "", ()), lambda text: False)
            if seen.type in _PERSONAL or seen.sensitivity is not Sensitivity.NONE:
                made = replace(made, type=seen.type, sensitivity=seen.sensitivity)
                reasons += [part for part in (seen.reason, seen.personal) if part]
        return made, reasons

    def _chosen(self, question: Mapping[str, Any], kind: str, title: str) -> tuple[Field, list[str]]:
        told = [(str(item.get("name", "")), self.words(item.get("label"))) for item in question["choices"]]
        if kind == "select one" and {words for _name, words in told} == {"是", "否"}:
            return Field("", title, FieldType.YES_NO), ["两个选项是“是”和“否”。"]
        values: list[Choice] = []
        for name, words in told:
            called = name if _NAME.fullmatch(name) else self.naming(words or name)
            used = {choice.value for choice in values}
            code = next(word for word in (called, *(f"{called}_{n}" for n in range(2, 1000))) if word not in used)
            values.append(Choice(code, "其他" if (name, words) == ("other", "Other") else (words or name)[:60]))
        reasons = [f"原来是{'单选' if kind == 'select one' else '多选'}，共 {len(values)} 项；次序照原来的，请核对。"]
        if kind == "rank":
            reasons.append("原来要排先后，台账只收选了哪些。")
        return Field("", title, _CHOSEN[kind], values=tuple(values)), reasons

    def _key(self, guesses: list[Guess]) -> tuple[tuple[str, ...], str]:
        """A required question that is a number of something, or a column of our own."""
        for guess in guesses:
            plain = guess.field.type in (FieldType.TEXT, FieldType.CREDIT_CODE, FieldType.REAL_ESTATE_UNIT)
            if plain and guess.field.required and HINTS["code"].search(guess.field.title):
                return (guess.field.name,), f"“{guess.field.title}”是必填的编号。"
        name = _free("number", guesses)
        titles = {guess.field.title for guess in guesses}
        title = "编号" if "编号" not in titles else "登记编号"
        because = "调查表没有必填的编号，添了这一列：台账要靠它认出同一行。"
        guesses.insert(0, Guess(Field(name, title, FieldType.TEXT, required=True), "", "", (because,), 0, 0))
        return (name,), because


def _free(name: str, guesses: Sequence[Guess]) -> str:
    used = {guess.field.name for guess in guesses}
    return next(word for word in (name, *(f"{name}_{n}" for n in range(2, 1000))) if word not in used)


def _order(name: str) -> Guess:
    made = Field(name, "第几个", FieldType.INTEGER, required=True, minimum=Decimal(1))
    return Guess(made, "", "", ("重复的一组没有编号，用第几个认出来。",), 0, 0)


def _needed(guess: Guess, key: Sequence[str]) -> Guess:
    return replace(guess, field=replace(guess.field, required=True)) if guess.field.name in key else guess


def _limited(made: Field, constraint: str) -> tuple[Field, list[str]]:
    """The field with the limits that a constraint says; in words what of it a field cannot say."""
    if not constraint:
        return made, []
    lost = False
    for part in re.split(r"\s+and\s+", constraint.strip()):
        length, limit = _LENGTH.fullmatch(part.strip()), _LIMIT.fullmatch(part.strip())
        if length and made.type is FieldType.TEXT:
            made = replace(made, max_length=max(1, min(4000, int(length[2]) - (length[1] == "<"))))
        elif limit and (edge := _edge(limit[1], limit[2], made)) is not None:
            side = "minimum" if limit[1].startswith(">") else "maximum"
            made = replace(made, **{side: edge})  # type: ignore[arg-type]  # an edge fits its field
        else:
            lost = True
    return made, [f"约束“{constraint}”没有照搬，请写成核对规则。"] if lost else []


def _edge(sign: str, text: str, made: Field) -> Decimal | date | None:
    """The limit itself included; ``None`` where the field has none of that kind."""
    if made.type is FieldType.DATE and text.count("-") == 2 and len(sign) == 2:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    if made.type not in (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY) or not re.fullmatch(
        r"-?\d+(\.\d+)?", text
    ):
        return None
    if len(sign) == 2:
        return Decimal(text)
    step = Decimal(1).scaleb(-made.scale)
    return Decimal(text) + (step if sign == ">" else -step) if made.type is FieldType.INTEGER else None
