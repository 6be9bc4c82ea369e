"""The fields that an import knows: their keys in mapping files, their names, and the headings that mean them."""

from __future__ import annotations

from typing import NamedTuple

from infosoc.kernel.words import N_

IGNORE = "ignore"


class Field(NamedTuple):
    """One thing a column can hold. Several columns may hold it when `many`."""

    key: str
    group: str  # company, contact, log or none
    label: str  # English message id
    many: bool = False


FIELDS = (
    Field("ignore", "none", N_("Leave out"), many=True),
    Field("name", "company", N_("Company name")),
    Field("org_number", "company", N_("Organisation number")),
    Field("legal_form", "company", N_("Legal form")),
    Field("line_of_business", "company", N_("Line of business")),
    Field("sni", "company", N_("SNI code")),
    Field("size", "company", N_("Size")),
    Field("municipality", "company", N_("Municipality")),
    Field("municipality_code", "company", N_("Municipality code")),
    Field("status", "company", N_("Status")),
    Field("visiting_street", "company", N_("Visiting address")),
    Field("visiting_postcode", "company", N_("Visiting address: postcode")),
    Field("visiting_town", "company", N_("Visiting address: town")),
    Field("postal_street", "company", N_("Postal address")),
    Field("postal_postcode", "company", N_("Postal address: postcode")),
    Field("postal_town", "company", N_("Postal address: town")),
    Field("invoice_street", "company", N_("Invoice address")),
    Field("invoice_postcode", "company", N_("Invoice address: postcode")),
    Field("invoice_town", "company", N_("Invoice address: town")),
    Field("phone", "company", N_("Phone of the company"), many=True),
    Field("email", "company", N_("E-mail of the company"), many=True),
    Field("web", "company", N_("Web address")),
    Field("source", "company", N_("Source")),
    Field("tags", "company", N_("Tags"), many=True),
    Field("owner", "company", N_("Owner")),
    Field("notes", "company", N_("Notes"), many=True),
    Field("contact_name", "contact", N_("Contact person")),
    Field("contact_first_name", "contact", N_("Contact: first name")),
    Field("contact_last_name", "contact", N_("Contact: last name")),
    Field("contact_title", "contact", N_("Contact: title or role")),
    Field("contact_email", "contact", N_("Contact: e-mail"), many=True),
    Field("contact_phone", "contact", N_("Contact: phone"), many=True),
    Field("contact_mobile", "contact", N_("Contact: mobile"), many=True),
    Field("last_contact_on", "log", N_("Last contact: date")),
    Field("log_text", "log", N_("Last contact: what was said")),
)
FIELD = {field.key: field for field in FIELDS}

# Headings are folded (a for å and ä, o for ö) and without punctuation, as `headings.plain_heading` makes them.
_HEADINGS = {
    "ignore": "nr, id, lopnr, lopnummer, rad, radnr, kundnr, kundnummer, lan, county, lanskod",
    "name": """
        bolag, bolagsnamn, foretag, foretagsnamn, kund, kundnamn, namn, organisation, organisationsnamn,
        organisationens namn, verksamhetsutovare, vardgivare, huvudman, arbetsgivare, firma, firmanamn,
        foretagets namn, foretag namn, kund namn, company, company name, name, account, account name,
        organization, organization name, organisation name, customer, customer name, client, business name
    """,
    "org_number": """
        orgnr, org nr, org nummer, orgnummer, organisationsnr, organisationsnummer, organisations nr,
        organisations nummer, org no, org number, orgno, organisation number, organization number, company
        number, registration number, company registration number, vat no, vat number, momsnr,
        momsregistreringsnummer, vat nr, corporate id
    """,
    "legal_form": "bolagsform, juridisk form, foretagsform, legal form, associationsform",
    "line_of_business": """
        verksamhet, verksamhetsomrade, verksamhetstyp, bransch, branch, sektor, line of business, industry,
        sector, typ, inriktning
    """,
    "sni": "sni, sni kod, snikod, sni koder, branschkod, sni code, nace",
    "size": """
        storlek, antal anstallda, anstallda, size, employees, number of employees,
        headcount
    """,
    "municipality": "kommun, kommunnamn, sateskommun, municipality",
    "municipality_code": "kommunkod, kommun kod, kommunnr, municipality code",
    "status": "status, kundstatus, relation, kundtyp, customer status, account status, stage",
    "visiting_street": "besoksadress, gatuadress, gata, visiting address, street address, street, besoksadress gata",
    "visiting_postcode": "besoksadress postnr, besokspostnr, besokspostnummer",
    "visiting_town": "besoksadress ort, besoksort, besoksadress postort",
    "postal_street": """
        postadress, adress, utdelningsadress, box, address, postal address, mailing address, adress 1, adress1,
        address 1
    """,
    "postal_postcode": """
        postnr, postnummer, post nr, postkod, postcode, postal code, zip, zip code, zipcode, postadress postnr
    """,
    "postal_town": "ort, postort, stad, town, city, postadress ort, sate, sateort",
    "invoice_street": "fakturaadress, faktureringsadress, invoice address, billing address",
    "invoice_postcode": "fakturaadress postnr, faktura postnr, fakturapostnr",
    "invoice_town": "fakturaadress ort, faktura ort, fakturaort",
    "phone": """
        vaxel, telefon vaxel, telefon foretag, foretagstelefon, company phone, switchboard, main phone,
        huvudnummer
    """,
    "email": """
        e post foretag, foretagets e post, info e post, company email, foretagsmejl, registrator, officiell e
        post
    """,
    "web": "webb, webbplats, webbsida, hemsida, webbadress, url, www, website, web, homepage, web site",
    "source": "kalla, ursprung, source, lead source, hamtat fran",
    "tags": "etikett, etiketter, taggar, tagg, tags, tag, labels, kategori, kategorier, category, segment",
    "owner": "ansvarig, saljare, kundansvarig, handlaggare, owner, account owner, sales rep",
    "notes": """
        anteckning, anteckningar, notering, noteringar, ovrigt, ovriga upplysningar, notes, note, remark,
        remarks, beskrivning, description, info, information
    """,
    "contact_name": """
        kontakt, kontaktperson, kontaktpersoner, kontaktnamn, kontaktpersonens namn, kontaktperson namn, kontakt
        namn, referens, er referens, person, contact, contact person, contact name, full name, fullstandigt
        namn, attention
    """,
    "contact_first_name": "fornamn, kontakt fornamn, first name, firstname, given name",
    "contact_last_name": "efternamn, kontakt efternamn, last name, lastname, surname, family name",
    "contact_title": """
        titel, befattning, roll, yrkesroll, tjanst, funktion, position, title, job title, role, contact title,
        contact role, arbetsroll
    """,
    "contact_email": """
        kontakt e post, kontaktperson e post, kontakt email, kontakt mejl, direkt e post, contact email, work
        email
    """,
    "contact_phone": """
        kontakt telefon, kontaktperson telefon, direkttelefon, direktnummer, direktnr, contact phone, direct
        phone, work phone
    """,
    "contact_mobile": "kontakt mobil, kontaktperson mobil, contact mobile",
    "last_contact_on": """
        senast kontaktad, senaste kontakt, senast kontakt, kontaktad, kontaktdatum, senaste kontaktdatum, senast
        ringd, senaste samtal, last contact, last contacted, last contact date, last call, last activity
    """,
    "log_text": """
        samtalsanteckning, kontaktanteckning, senaste anteckning, senaste notering, samtalslogg, kontaktlogg,
        last note, call notes, contact log
    """,
}

# These mean the contact person where the file has one, and the company otherwise.
_EITHER = {
    "contact_email|email": """
        e post, epost, e postadress, epostadress, mejl, mejladress, mail, mailadress, e mail, email, e mail
        address, email address, mail address, e posten
    """,
    "contact_phone|phone": """
        telefon, telefonnr, telefonnummer, tel, tel nr, tele, tfn, telnr, phone, phone number, telephone,
        telefon nr, telefon 1, telefon 2, telefon1, telefon2
    """,
    "contact_mobile|phone": """
        mobil, mobilnr, mobilnummer, mobiltelefon, mobil nr, mobile, mobile phone, cell, cell phone, mobil
        telefon
    """,
}


def _words(text: str) -> list[str]:
    return [" ".join(word.split()) for word in text.split(",")]


KNOWN = {heading: key for key, text in _HEADINGS.items() for heading in _words(text)}
EITHER = {heading: tuple(keys.split("|")) for keys, text in _EITHER.items() for heading in _words(text)}

# What was said last, where the file also says when; a note otherwise.
COMMENTS = frozenset(("kommentar", "kommentarer", "comment", "comments"))
