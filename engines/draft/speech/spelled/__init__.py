"""How numbers, dates, amounts, names of rulers and abbreviations are said in words, by language."""
