"""Grades of short texts in four languages: the formulas as published, and syllables counted without a download."""

from __future__ import annotations

import math

import pytest

from helpers import readability
from helpers.readability import LANGUAGES, counted, grade, syllables

# Counted by hand. Words in which a rule of thumb goes wrong are among them.
SYLLABLES = {
    "en": "area 3 every 2 payment 2 declined 2 timeout 2 database 3 created 3 table 2 service 2 changes 2 the 1 file 1 "
    "insufficient 4 network 2 people 2 connection 3 failed 1 needed 2 stopped 1 "
    "customer 3 delivery 4 boxes 2 machine 2 battery 3 order 2 reached 1 warning 2",
    "pt": "pagamento 4 recusado 4 servidor 3 não 1 conexão 3 senha 2 expirou 3 usuário 4 água 2 saída 3 pedido 3 "
    "área 3",
    "es": "pago 2 rechazado 4 servidor 3 no 1 conexión 3 contraseña 4 día 2 usuario 3 agua 2 salida 3 batería 4 área 3",
    "de": "Zahlung 2 abgelehnt 3 Verbindung 3 Datenbank 3 Benutzer 3 Passwort 2 neu 1 Idee 2 Fehler 2 wurde 2 Lager 2",
}
EASY = {
    "en": "The card was refused. The bank said no.",
    "pt": "O cartão foi recusado. O banco disse não.",
    "es": "La tarjeta no vale. El banco dice no.",
    "de": "Die Karte geht nicht. Die Bank sagt nein.",
}
HARD = {
    "en": "Insufficient authentication credentials necessitate administrative intervention by specialists.",
    "pt": "A insuficiência das credenciais administrativas impossibilita a autenticação da infraestrutura.",
    "es": "La insuficiencia de credenciales administrativas imposibilita la autenticación de la infraestructura.",
    "de": "Unzureichende Authentifizierungsinformationen erfordern außerplanmäßige Administrationsmaßnahmen.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_syllables_are_those_that_people_count_in_nine_words_of_ten(language):
    parts = SYLLABLES[language].split()
    said = dict(zip(parts[::2], map(int, parts[1::2]), strict=True))
    wrong = {word for word, number in said.items() if syllables(word, language) != number}
    assert len(wrong) <= len(said) / 10, wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_short_words_in_short_sentences_ask_for_less_school(language):
    assert grade(EASY[language], language) < 5 < 10 < grade(HARD[language], language) + 3


def test_the_english_grade_is_flesch_and_kincaids():
    text = "The cat sat on the mat. It was hot."  # 9 words, 2 sentences, 9 syllables
    assert counted(text) == readability.Counts(9, 2, 9, 0, 0, 9)
    assert grade(text) == pytest.approx(0.39 * 9 / 2 + 11.8 * 9 / 9 - 15.59)


def test_the_others_are_the_formulas_of_their_sources():
    counts = readability.Counts(100, 8, 180, long_words=20, many_syllables=15, one_syllable=50)
    assert readability.flesch_kincaid_portuguese(counts) == pytest.approx(0.36 * 12.5 + 10.4 * 1.8 - 18)
    assert readability.crawford(counts) == pytest.approx(-0.205 * 8 + 0.049 * 180 - 3.407)
    assert readability.vienna(counts) == pytest.approx(0.1935 * 15 + 0.1672 * 12.5 + 0.1297 * 20 - 0.0327 * 50 - 0.875)


def test_numbers_codes_and_decimal_points_are_no_words_and_end_no_sentence():
    assert counted("It took 3.5 ms. E1042").words == 4  # "It took ms", and the letter of the code
    assert counted("It took 3.5 ms").sentences == 1


def test_a_text_without_words_has_no_grade_and_an_unknown_language_is_said():
    assert math.isnan(grade("503 …"))
    with pytest.raises(ValueError, match="en, pt, es, de"):
        grade("bonjour", "fr")
