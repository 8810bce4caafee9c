"""Which words are written with a full stop that ends no sentence, and which words begin sentences.

Abbreviations stand without their stops, in small letters: `p.m.` is `pm`. They are one list for all languages, because
a text is often given without its language; a word that means something else elsewhere is in `BEFORE_NUMBER` only.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEVER_LAST = _words(
    # titles and forms of address
    "mr mrs ms messrs dr drs prof rev hon gen col lt cpl sgt capt cmdr maj gov sen rep pres supt mt mts ft "
    "mm mme mmes mlle mlles mgr hr fr frl herr dipl mag st ste "
    "sr sra sras sres srta dña dra d dª sto sta ud uds vd vds excmo exmo exma ilmo profa srs dres lic arq eng engº gob pbro "
    "sig sigg sigra signa dott dottssa avv ing arch geom rag profssa on spett egr gentma mons card com "
    "dhr mevr mw mej ds ir drs jhr "
    "inż lek św płk ppłk gen kpt por sierż ks hab abp bp "
    "проф акад доц им г-н г-жа гр тов св ул пл пр-т пер бул наб корп стр рис табл см ср напр "
    # what always goes on
    "eg ie cf viz vs ca approx resp sog bzw zb dh ua uä zzt zzgl inkl exkl einschl evtl ggf vgl gem lt mind "
    "cad pex pej ades àd zie bijv dwz oa oed mbt tav ipv tov itt zgn evt m.b.t "
    "np tj tzn tzw min.in m.in min ok zob por wg al "
    "те тк тн डॉ श्री प्रो د أ "
    "kap abb bd chap fig figg tab abs pag pág págs blz afb rys cap art núm nr nos str ext tel tél vol vols "
    "no nº "
    # streets that stand before their names
    "pzza vle cso av avda c/ ul pl"
)
"""After these a sentence goes on, whatever follows; `no` and those that are words, only before a number."""

BEFORE_NUMBER = _words(
    "no nos nr n p pp pg s fig figg abb tab art abs kap cap ch chap vol vols bd sec eq ed op ex para str poz "
    "rozdz ust pkt par rys лит гл п ст с д кв к т № № approx c circa ca max min est tel tél ext apr pos rd "
    "aprox env apto ap geb m pag pág blz afb núm nú godz ok lat mo jan feb mar jun jul aug sep sept oct okt nov dec dez"
)
"""Before a number these are abbreviations, elsewhere most are words."""

MAY_BE_LAST = _words(
    "etc usw ecc itd itp enz undsoweiter pm am us usa uk eu un uae inc ltd co corp bros llc plc jr sr esq st ave "
    "blvd rd hwy sq ua uä oä uva uvam dgl ss ac dc bc ad avjc jc jchr chr vchr nchr phd md ba ma bsc msc dc "
    "sa spa srl ltda gmbh zoo r г гг в вв тыс млн млрд руб коп чел мин сек час др пр э п д e.d ed zoz hrs hr hbf "
    "min h kg km cm mm sec std stdn jh jhdt uu ee pp ss mwst tex cal fla mass penn conn wash nm m l "
    "j-c jan feb apr jun jul aug sep sept oct okt nov dec janv févr avr juil déc ene abr dic giu lug ott fev "
    "sty kwi cze sie wrz paź gru янв февр апр авг сент окт нояб дек tue thu"
)
"""These may end a sentence: one does when a word follows that begins sentences."""

CLOSES_LISTS = _words("etc usw ecc itd itp enz тд тп др пр")
"""With a capital behind them these end a sentence, whichever word it is."""

UNITS = _words(
    "m km cm mm h hr hrs min s sec std stdn kg g mg l ft in lb lbs oz mi yd км м см мм кг г л ч мин сек руб коп тыс "
    "млн млрд zł godz gr eur usd"
)
"""Behind a number and before a capital these end a sentence."""

OWN = {
    "fr": _words("me pr env bd fg boul adr v"),
    "es": _words("aprox c pza ctra dpto gral"),
    "pt": _words("apto aprox ap av tel"),
    "it": _words("on cav v l.go lgo tel ssa"),
    "de": _words("geb gest inh vors bes allg hrsg sog tgl"),
    "nl": _words("geb gest ong incl excl"),
    "pl": _words("al woj pow gm"),
    "ru": _words("г-жа гл ред изд род"),
}
"""What never ends a sentence in one language, and is a word in others."""

MONTHS = _words(
    "january february march april may june july august september october november december "
    "januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août "
    "septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre "
    "noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro "
    "fevereiro março maio junho julho setembro outubro novembro dezembro januari februari maart mei augustus "
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia "
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря "
    "jan feb mar apr jun jul aug sep sept oct okt nov dec dez"
)

CLOCK_ZONES = _words("est edt cst cdt mst mdt pst pdt gmt utc cet cest bst eastern pacific central mountain")

LABELS = _words(
    "vitamin vitamins plan type class group grade section point letter category option team room gate platform "
    "appendix exhibit row seat hepatitis block unit part phase step level line vitamine typ gruppe klasse stufe "
    "abschnitt punkt teil groupe classe tipo grupo gruppo clase klasa grupa группа тип план класс"
)
"""A single capital after these is no initial: `Plan B.` may end a sentence."""

ORDINAL_LANGUAGES = _words("de pl cs sk hu fi da nb nn no hr sr bs sl et lv lt tr is mk")
"""Where a number with a full stop is an ordinal: `am 5. November`."""

_STARTERS = {
    "en": "the a an he she it we they you i this that these those there here his her its our their my your but and so "
    "then now when while if in on at after before what who how why where however meanwhile later still yet no yes "
    "all some many most each every one two nobody everyone let please today tomorrow yesterday soon suddenly "
    "finally next once as for with from because although since is are was were do does did can will would come go "
    "look see both neither not only even bring never by to of our",
    "de": "der die das ein eine einen einem er sie es wir ihr ich du man dies diese dieser dieses dann danach doch "
    "aber und so nun jetzt heute morgen gestern als wenn während im in am an auf nach vor bei mit für was wer wie "
    "warum wo hier dort da ihre seine sein mein dein kein keine niemand alle viele später schließlich plötzlich "
    "auch nur noch trotzdem deshalb nichts bald ist sind war hat nicht zum zur den dem",
    "fr": "le la les l un une des du il elle ils elles on nous vous je tu ce cette ces cet c son sa ses mon ma notre "
    "votre leur leurs mais et puis alors quand si dans en à au aux sur après avant pendant que qui comment "
    "pourquoi où ici là tout tous plus cependant enfin ensuite aujourd hier demain rien personne est",
    "es": "el la los las un una él ella ellos ellas yo tú nosotros este esta esto ese eso su sus mi pero y entonces "
    "cuando si en al a de del después antes que qué quién cómo dónde aquí allí luego hoy ayer mañana también "
    "tampoco no sí hay todo todos muchos nadie es son era fue se lo",
    "it": "il lo la i gli le l un uno una egli lui lei loro io noi voi questo questa quel quella suo sua ma e poi "
    "allora quando se in nel nella al alla dopo prima che chi come dove qui lì oggi ieri domani anche non c è "
    "tutti nessuno così era sono ha fa",
    "pt": "o a os as um uma ele ela eles elas eu nós você este esta isso esse seu sua mas e então quando se em no na "
    "ao à depois antes que quem como onde aqui hoje ontem amanhã também não há todos ninguém é era foi",
    "nl": "de het een hij zij ze wij we ik jij je u dit dat deze die zijn haar maar en toen dan nu als in op na voor "
    "bij met wat wie hoe waar hier daar daarna er vandaag gisteren morgen ook niet alle niemand is was",
    "pl": "on ona ono oni one ja ty my wy to ten ta te jego jej ich ale i a potem wtedy teraz gdy jeśli w we na po "
    "przed z ze co kto jak gdzie tu tam dziś wczoraj jutro też nie jest są wszyscy było był była jednak nikt "
    "wróciła zmarł",
    "ru": "он она оно они я ты мы вы это этот эта эти его её их но и а потом тогда теперь когда если в во на по после "
    "перед с что кто как где здесь там сегодня вчера завтра также не все был была было однако никто так",
}
_SMALL = {
    "en": "of to in is that was for with as be by had not are from or have which been has its will their were",
    "de": "und nicht von zu mit sich auf für ist wird werden wurde wurden haben hat im vom zum zur bei nach über oder den dem des einen einem einer sind war um ab bis seit",
    "fr": "et est dans sur avec du au pour pas ne se ont sont était être plus par aux cette leur de",
    "es": "y es en con que del al por para una se lo los las su más pero como fue son era de",
    "it": "e è nel nella con che di del della per si da sono ha dei delle gli alla al un una",
    "pt": "e é no na com que do da em por para seu sua se ao pela dos das um uma não foi",
    "nl": "en is in op met van voor dat niet te aan door het een zijn naar om uit bij wordt werd",
    "pl": "i w na z się jest do nie o po przez który która to od za pod dla jak ale czy oraz",
    "ru": "и в не на что с по из от для это как к до у за был была были его",
}
SMALL_WORDS = {
    language: frozenset(f"{words} {_SMALL[language]}".split()) for language, words in _STARTERS.items()
}
"""The small words by which a language is known."""
STARTERS = {language: frozenset(words.split()) for language, words in _STARTERS.items()}
ANY_STARTER = frozenset().union(*STARTERS.values())

SAYING = _words(
    "said says asked asks cried cries shouted replied answered whispered called murmured yelled muttered laughed "
    "sagte fragte rief schrie antwortete flüsterte meinte dit demanda répondit cria dijo preguntó contestó gritó "
    "disse chiese rispose gridò perguntou respondeu gritou zei vroeg riep antwoordde powiedział powiedziała "
    "zapytał zapytała krzyknął сказал сказала спросил спросила ответил ответила крикнул"
)
"""Behind a quotation and a name these go on with its sentence: “Come here!” Anna cried."""
