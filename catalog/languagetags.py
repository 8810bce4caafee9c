"""Which three letters a file's tracks have for a language: MP4 knows ISO 639-2 and no BCP 47."""

from __future__ import annotations

from catalog.languages import find_language

UNDETERMINED = "und"

# ISO 639-1 and 639-2/T side by side: "de" is "deu".
_PAIRS = """
aaaar ababk aeave afafr akaka amamh anarg arara asasm avava ayaym azaze babak bebel bgbul bibis bmbam bnben
bobod brbre bsbos cacat ceche chcha cocos crcre csces cuchu cvchv cycym dadan dedeu dvdiv dzdzo eeewe elell
eneng eoepo esspa etest eueus fafas ffful fifin fjfij fofao frfra fyfry gagle gdgla glglg gngrn guguj gvglv
hahau heheb hihin hohmo hrhrv hthat huhun hyhye hzher iaina idind ieile igibo iiiii ikipk ioido isisl itita
iuiku jajpn jvjav kakat kgkon kikik kjkua kkkaz klkal kmkhm knkan kokor krkau kskas kukur kvkom kwcor kykir
lalat lbltz lglug lilim lnlin lolao ltlit lulub lvlav mgmlg mhmah mimri mkmkd mlmal mnmon mrmar msmsa mtmlt
mymya nanau nbnob ndnde nenep ngndo nlnld nnnno nonor nrnbl nvnav nynya ococi ojoji omorm orori ososs papan
pipli plpol pspus ptpor quque rmroh rnrun roron rurus rwkin sasan scsrd sdsnd sesme sgsag shhbs sisin skslk
slslv smsmo snsna sosom sqsqi srsrp ssssw stsot susun svswe swswa tatam tetel tgtgk ththa titir tktuk tltgl
tntsn toton trtur tstso tttat twtwi tytah uguig ukukr ururd uzuzb veven vivie vovol wawln wowol xhxho yiyid
yoyor zazha zhzho zuzul
"""
_THREE = {pair[:2]: pair[2:] for pair in _PAIRS.split()}


def iso639_2(tag: str) -> str:
    """Return the three letters of a language tag in any spelling (`de`, `pt-BR`, `yue`), or "und"."""
    base = tag.replace("_", "-").casefold().split("-")[0]
    if base in _THREE:
        return _THREE[base]
    if len(base) == 3 and base.isascii() and base.isalpha():
        return base
    known = find_language(tag)
    return _THREE.get(known.code[:2], UNDETERMINED) if known is not None else UNDETERMINED
