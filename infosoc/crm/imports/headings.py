"""Which column is what: the fields an import knows, and guesses from headings and from what the cells look like."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from infosoc.crm.imports.errors import InvalidMapping
from infosoc.kernel.text import clean, fold
from infosoc.kernel.words import N_

IGNORE = "ignore"


class Field(NamedTuple):
    """One thing a column can hold. `key` stands in mapping files; several columns may hold it when `many`."""

    key: str
    group: str  # company, contact, log or none
    label: str
    many: bool
    headings: tuple[str, ...]  # folded, without punctuation


def _field(key: str, group: str, label: str, headings: str = "", *, many: bool = False) -> Field:
    return Field(key, group, label, many, tuple(headings.split(",")) if headings else ())


# Headings are written folded (a for å and ä, o for ö), without punctuation; see `_plain`.
FIELDS = (
    _field(IGNORE, "none", N_("Leave out"), "nr,id,lopnr,lopnummer,rad,radnr,kundnr,kundnummer,lan,county,lanskod", many=True),
    _field("name", "company", N_("Company name"),
           "bolag,bolagsnamn,foretag,foretagsnamn,kund,kundnamn,namn,organisation,organisationsnamn,organisationens namn,"
           "verksamhetsutovare,vardgivare,huvudman,arbetsgivare,firma,firmanamn,foretagets namn,foretag namn,kund namn,"
           "company,company name,name,account,account name,organization,organization name,organisation name,customer,"
           "customer name,client,business name"),
    _field("org_number", "company", N_("Organisation number"),
           "orgnr,org nr,org nummer,orgnummer,organisationsnr,organisationsnummer,organisations nr,organisations nummer,"
           "org no,org number,orgno,organisation number,organization number,company number,registration number,"
           "company registration number,vat no,vat number,momsnr,momsregistreringsnummer,vat nr,corporate id"),
    _field("legal_form", "company", N_("Legal form"), "bolagsform,juridisk form,foretagsform,legal form,associationsform"),
    _field("line_of_business", "company", N_("Line of business"),
           "verksamhet,verksamhetsomrade,verksamhetstyp,bransch,branch,sektor,line of business,industry,sector,typ,inriktning"),
    _field("sni", "company", N_("SNI code"), "sni,sni kod,snikod,sni koder,branschkod,sni code,nace"),
    _field("size", "company", N_("Size"),
           "storlek,antal anstallda,anstallda,antal platser,platser,size,employees,number of employees,headcount"),
    _field("municipality", "company", N_("Municipality"), "kommun,kommunnamn,sateskommun,municipality"),
    _field("municipality_code", "company", N_("Municipality code"), "kommunkod,kommun kod,kommunnr,municipality code"),
    _field("status", "company", N_("Status"), "status,kundstatus,relation,kundtyp,customer status,account status,stage"),
    _field("visiting_street", "company", N_("Visiting address"),
           "besoksadress,gatuadress,gata,visiting address,street address,street,besoksadress gata"),
    _field("visiting_postcode", "company", N_("Visiting address: postcode"), "besoksadress postnr,besokspostnr,besokspostnummer"),
    _field("visiting_town", "company", N_("Visiting address: town"), "besoksadress ort,besoksort,besoksadress postort"),
    _field("postal_street", "company", N_("Postal address"),
           "postadress,adress,utdelningsadress,box,address,postal address,mailing address,adress 1,adress1,address 1"),
    _field("postal_postcode", "company", N_("Postal address: postcode"),
           "postnr,postnummer,post nr,postkod,postcode,postal code,zip,zip code,zipcode,postadress postnr"),
    _field("postal_town", "company", N_("Postal address: town"), "ort,postort,stad,town,city,postadress ort,sate,sateort"),
    _field("invoice_street", "company", N_("Invoice address"), "fakturaadress,faktureringsadress,invoice address,billing address"),
    _field("invoice_postcode", "company", N_("Invoice address: postcode"), "fakturaadress postnr,faktura postnr,fakturapostnr"),
    _field("invoice_town", "company", N_("Invoice address: town"), "fakturaadress ort,faktura ort,fakturaort"),
    _field("phone", "company", N_("Phone of the company"),
           "vaxel,telefon vaxel,telefon foretag,foretagstelefon,company phone,switchboard,main phone,huvudnummer", many=True),
    _field("email", "company", N_("E-mail of the company"),
           "e post foretag,foretagets e post,info e post,company email,foretagsmejl,registrator,officiell e post", many=True),
    _field("web", "company", N_("Web address"), "webb,webbplats,webbsida,hemsida,webbadress,url,www,website,web,homepage,web site"),
    _field("source", "company", N_("Source"), "kalla,ursprung,source,lead source,hamtat fran"),
    _field("tags", "company", N_("Tags"), "etikett,etiketter,taggar,tagg,tags,tag,labels,kategori,kategorier,category,segment",
           many=True),
    _field("owner", "company", N_("Owner (of the record)"), "ansvarig,saljare,kundansvarig,handlaggare,owner,account owner,sales rep"),
    _field("notes", "company", N_("Notes"),
           "anteckning,anteckningar,notering,noteringar,ovrigt,ovriga upplysningar,notes,note,remark,remarks,beskrivning,"
           "description,info,information", many=True),
    _field("contact_name", "contact", N_("Contact person"),
           "kontakt,kontaktperson,kontaktpersoner,kontaktnamn,kontaktpersonens namn,kontaktperson namn,kontakt namn,referens,"
           "er referens,person,contact,contact person,contact name,full name,fullstandigt namn,attention"),
    _field("contact_first_name", "contact", N_("Contact: first name"), "fornamn,kontakt fornamn,first name,firstname,given name"),
    _field("contact_last_name", "contact", N_("Contact: last name"), "efternamn,kontakt efternamn,last name,lastname,surname,family name"),
    _field("contact_title", "contact", N_("Contact: title or role"),
           "titel,befattning,roll,yrkesroll,tjanst,funktion,position,title,job title,role,contact title,contact role,arbetsroll"),
    _field("contact_email", "contact", N_("Contact: e-mail"),
           "kontakt e post,kontaktperson e post,kontakt email,kontakt mejl,direkt e post,contact email,work email", many=True),
    _field("contact_phone", "contact", N_("Contact: phone"),
           "kontakt telefon,kontaktperson telefon,direkttelefon,direktnummer,direktnr,contact phone,direct phone,work phone",
           many=True),
    _field("contact_mobile", "contact", N_("Contact: mobile"),
           "kontakt mobil,kontaktperson mobil,contact mobile", many=True),
    _field("last_contact_on", "log", N_("Last contact: date"),
           "senast kontaktad,senaste kontakt,senast kontakt,kontaktad,kontaktdatum,senaste kontaktdatum,senast ringd,"
           "senaste samtal,last contact,last contacted,last contact date,last call,last activity"),
    _field("log_text", "log", N_("Last contact: what was said"),
           "samtalsanteckning,kontaktanteckning,senaste anteckning,senaste notering,samtalslogg,kontaktlogg,last note,call notes,"
           "contact log"),
)  # fmt: skip
FIELD = {field.key: field for field in FIELDS}

# These mean the contact person where the file has one, and the company otherwise.
_EITHER = {
    **dict.fromkeys(("e post", "epost", "e postadress", "epostadress", "mejl", "mejladress", "mail", "mailadress", "e mail",
                     "email", "e mail address", "email address", "mail address", "e posten"), ("contact_email", "email")),
    **dict.fromkeys(("telefon", "telefonnr", "telefonnummer", "tel", "tel nr", "tele", "tfn", "telnr", "phone", "phone number",
                     "telephone", "telefon nr", "telefon 1", "telefon 2", "telefon1", "telefon2"), ("contact_phone", "phone")),
    **dict.fromkeys(("mobil", "mobilnr", "mobilnummer", "mobiltelefon", "mobil nr", "mobile", "mobile phone", "cell",
                     "cell phone", "mobil telefon"), ("contact_mobile", "phone")),
}  # fmt: skip
# What was said last, where the file also says when; a note otherwise.
_COMMENTS = frozenset(("kommentar", "kommentarer", "comment", "comments"))
_KNOWN = {heading: field.key for field in FIELDS for heading in field.headings}
_PLACES = ("visiting", "postal", "invoice")


def is_known(heading: str) -> bool:
    """Whether a cell reads as a heading that an import knows."""
    plain = _plain(heading)
    return bool(plain) and (plain in _KNOWN or plain in _EITHER or plain in _COMMENTS)


def guess(headings: Sequence[str], sample: Sequence[Sequence[str]] = ()) -> tuple[str, ...]:
    """The likely field of each column, from its heading; where no heading tells, from the sample rows."""
    width = max([len(headings), *map(len, sample)], default=0)
    plain = [_plain(headings[column]) if column < len(headings) else "" for column in range(width)]
    fields = [_KNOWN.get(heading, "") for heading in plain]
    has_contact = any(field.startswith("contact_") for field in fields)
    for column, heading in enumerate(plain):
        if heading in _EITHER:
            fields[column] = _EITHER[heading][0 if has_contact else 1]
        elif heading in _COMMENTS:
            fields[column] = "log_text" if "last_contact_on" in fields else "notes"
    _place_addresses(fields)
    _settle_names(fields, plain)
    _once_each(fields)
    if not any(plain) or "name" not in fields:
        from infosoc.crm.imports.content import guess_by_content

        guess_by_content(fields, sample)
    return tuple(field or IGNORE for field in fields)


def signature(headings: Sequence[str], width: int | None = None) -> str:
    """A fingerprint of the headings, by which a mapping is remembered; files without headings go by their width."""
    plain = [_plain(heading) for heading in headings]
    while plain and not plain[-1]:
        plain.pop()
    told = plain if any(plain) else [f"width {width if width is not None else len(headings)}"]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def parse_mapping(given: object, headings: Sequence[str], width: int) -> tuple[str, ...]:
    """The field of each column, from a mapping file: `{column number or heading: field}`; raises `InvalidMapping`.

    Columns are numbered from 1, as people count; a heading is compared without regard to case and punctuation.
    Columns that are not named are left out.
    """
    if not isinstance(given, Mapping) or not given:
        raise InvalidMapping("not_a_mapping")
    fields = [""] * width
    for column, field in given.items():
        at = _column(str(column), headings, width)
        if not isinstance(field, str) or field not in FIELD:
            raise InvalidMapping("unknown_field", detail=field)
        if fields[at]:
            raise InvalidMapping("column_twice", detail=column)
        fields[at] = field
    mapping = tuple(field or IGNORE for field in fields)
    check_mapping(mapping)
    return mapping


def check_mapping(mapping: Sequence[str]) -> None:
    """Raise `InvalidMapping` unless every field is known, none stands twice that may not, and the name is there."""
    for at, field in enumerate(mapping):
        if field not in FIELD:
            raise InvalidMapping("unknown_field", detail=field)
        if not FIELD[field].many and field in mapping[:at]:
            raise InvalidMapping("field_twice", detail=FIELD[field].key)
    if "name" not in mapping:
        raise InvalidMapping("name_missing")


def as_json(mapping: Sequence[str], headings: Sequence[str]) -> dict[str, str]:
    """The mapping as it stands in a mapping file: by heading where that is unique, otherwise by column number."""
    plain = [_plain(heading) for heading in headings]
    return {
        headings[at] if at < len(plain) and plain[at] and plain.count(plain[at]) == 1 and not headings[at].isdigit()
        else str(at + 1): field
        for at, field in enumerate(mapping)
    }  # fmt: skip


def _plain(heading: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", fold(clean(heading))).split())


def _column(given: str, headings: Sequence[str], width: int) -> int:
    plain = _plain(given)
    matching = [at for at, heading in enumerate(headings) if plain and _plain(heading) == plain]
    if len(matching) == 1 and matching[0] < width:
        return matching[0]
    if given.strip().isdecimal() and len(given) <= 6 and 1 <= int(given) <= width:
        return int(given) - 1
    raise InvalidMapping("unknown_column", detail=given)


def _place_addresses(fields: list[str]) -> None:
    """Postcode and town belong to the address before them."""
    place = "postal"
    for column, field in enumerate(fields):
        before, _, part = field.partition("_")
        if before in _PLACES and part == "street":
            place = before
        elif field in ("postal_postcode", "postal_town") and f"{place}_{part}" not in fields[:column]:
            fields[column] = f"{place}_{part}"


def _settle_names(fields: list[str], plain: list[str]) -> None:
    """"Namn" beside "Företag" is the contact person's; "Kund" beside "Namn" says whether it is one."""
    names = [column for column, field in enumerate(fields) if field == "name"]
    if len(names) < 2:
        return
    general = [column for column in names if plain[column] in ("namn", "name")]
    if general and not any(field in ("contact_name", "contact_first_name") for field in fields):
        fields[general[0]] = "contact_name"


def _once_each(fields: list[str]) -> None:
    for column, field in enumerate(fields):
        if field and not FIELD[field].many and field in fields[:column]:
            fields[column] = ""
