"""Words of general English that say the same, for comparing two clauses; no shop's words stand here."""

from training.evaluation.claim_words import content, stem

_SAME = (
    "cost charge fee price pay payable bill billed invoice payment rate surcharge", "refund repay reimburse money-back money return back",
    "cancel call-off end terminate stop withdraw", "start begin commence open opening", "end finish close closing expire",
    "keep hold store retain kept held stay remain", "send mail post ship dispatch sent deliver delivery shipping delivered",
    "arrive come reach delivery arrival comes", "buy purchase order bought book booking reserve reservation booked", "help assist support assistance",
    "tell inform notify say let told report contact", "phone call telephone ring", "email mail write", "choose pick select option choice",
    "change alter move switch swap exchange", "add extra additional further more another plus", "repair mend fix", "replace replacement exchange new",
    "need require must necessary required compulsory have has", "allow permit let allowed may can possible accept", "forbid prohibit ban refuse reject",
    "get receive obtain have earn given granted", "give provide offer grant supply lend", "make create set", "show display see visible appear shown",
    "person people customer guest member visitor anyone somebody someone traveler passenger", "child children kid", "old older age aged",
    "large big bigger larger", "small little smaller", "quick fast soon", "whole entire full complete", "part portion",
    "lose lost missing", "broken damaged damage faulty", "empty vacant", "car vehicle", "home house property", "shop store branch",
    "free complimentary", "half halved 50", "double doubled twice", "take last takes takes", "valid good works", "use used using", "look check inspect examine",
    "find found", "sign log login", "before ahead advance earlier prior", "late later overdue", "leave quit exit", "reduce reduction discount off lower deduct minus less",
    "limit cap capped maximum most", "minimum least smallest", "extend lengthen longer prolong", "complain complaint", "begin start", "fill complete",
    "join enrol register sign", "apply claim request ask", "approve agree confirm", "letter note certificate", "licence license", "year yearly annual annually",
    "month monthly", "day daily", "carry bring take", "own owner", "travel trip fly flight go", "wait delay", "collect pickup pick fetch", "automatically automatic itself",
    "clean wash", "photo photograph picture", "text message sms", "shut close closed", "spend spent", "remove delete deleted erase gone", "different other",
    "under below less younger", "over above more older exceed", "cheap cheaper", "renew renewal", "noon midday", "center centre",
    "color colour", "gray grey", "theater theatre", "liter litre", "meter metre", "pregnant pregnancy", "twin twins", "card cards", "free charge cost fee",
    "die death died", "marry marriage married", "apologise apology", "try attempt", "deposit prepayment", "live reside", "bike bicycle", "guarantee warranty", "steal theft thief stolen", "dirty muddy", "damp wet", "website online internet web", "letter mail post", "money cash",
    "monday", "remainder rest balance", "rough about approximately around", "bad worse worst lesser", "good better best", "begin start first", "talk speak chat discuss",
    "place home spot space site", "recording record", "parking park", "proof evidence receipt", "staff team agent colleague employee", "trip travel journey", "annual yearly", "price rate tariff",
    "doctor physician gp", "kid child", "ill sick illness", "wrong mistake error incorrect", "correct right put", "fee commission", "number code", "gone used", "accept take", "flat home apartment",
)  # fmt: skip
# What an answer may add without claiming anything.
COURTESY = content(
    "help welcome lack run save above inbox runs takes whether twice mind "
    "sorry afraid happy glad hello hi hope thanks thank welcome course indeed actually simply please know "
    "understand case question answer here there want like wish need would could able way thing things time still "
    "already also that's it's you're you'll we'll we're that'll i'm don't doesn't isn't aren't can't won't haven't "
    "there's go put mean means work works as depend depends note apply applies count counts come comes sort kind "
    "cover covers say says bear mind however whatever instead together long soon far much many well total "
    "altogether stay happen happens rest everything something anything cost price fine send since yet new you'd "
    "you've hasn't start use include usual unfortunately pass leave deadline arrive due hear keep non different "
    "normal delay spread change quite dear away fee ahead good bit plus now though show they're alone rather piece "
    "direction wasn't worry rely fact challenge ordinary deal hold period possible trouble treat behind back "
    "wouldn't exception chance attempt speak example bet careful intend enough even either otherwise try call "
    "nothing we'd they'll shouldn't couldn't yourself itself themselves somebody he's she's there'll what's real "
    "beforehand congratulations troublesome sure fit worth best poor ready going begin buy bring decide turn person "
    "pick pop simple stop expect move talk afterwards anyway active roughly approximately exactly entirely handle "
    "manage arrange organise carry settle suffice enjoy remember forget hurry consider suppose guess imagine guide "
    "lead drop big small bigger smaller cheap cheaper nice great lovely easy easily quickly directly straight "
    "separately personally apparently basically meanwhile eventually immediately shortly later earlier lately "
    "someone wherever whoever's yours ours theirs him her everybody's anybody's he'll she'll who's where's here's "
    "let's they've we've i've didn't weren't allowed entitled eligible counting qualifies covered included involved "
    "concerned relevant matter matters story stuff lot lots plenty couple few add allow provide least longest "
    "shortest lowest highest first short join receive print label anyone once yourselves whichever mended travel "
    "single make makes made do done take takes give gives given set sets let lets ask asks be being become becomes "
    "find look see "
)
SYNONYMS: dict[str, set[str]] = {}
for _group in _SAME:
    _stems = {stem(_word) for _word in _group.split()}
    for _stem in _stems:
        SYNONYMS.setdefault(_stem, set()).update(_stems)


def widened(words: set[str]) -> set[str]:
    """These words and all that may stand for them."""
    return words.union(*(SYNONYMS.get(word, ()) for word in words))
