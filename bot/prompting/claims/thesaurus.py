"""Which words of support say the same, which exclude one another, and which claim nothing.

General English, no shop's own words. Every word stands here in its base form and is compared by its stem.
"""

# A line is one meaning.
SAME = """
refund repay repayment reimbursement reimburse
return
cost price charge fee rate tariff pay payable surcharge supplement
buy purchase acquire
send post mail ship dispatch despatch shipment postage shipping
deliver arrive arrival reach come receive received get
cancel terminate annul
stop halt cease discontinue
end finish expire lapse terminate over
begin start commence
contact call ring phone telephone reach write
email mail
show display
change alter amend modify adjust edit update switch
correct fix right mistake
repair fix mend
replace exchange swap replacement
raise increase higher
lower reduce decrease cut reduction less
discount reduction
choose pick select choice selection
allow permit let accept possible can able
need require must necessary requirement mandatory compulsory obligatory
give provide offer supply issue grant hand
obtain get receive
keep retain hold remain stay
join enrol enroll register subscribe membership
book reserve reservation booking
order purchase
parcel package box carton consignment
delivery shipment
item product article goods thing
broken damaged faulty defective defect damage fault
person people somebody someone anybody anyone customer one
everybody everyone all each every
customer client buyer shopper
traveller traveler passenger flyer
visitor guest
kid child children
teenager teen
pensioner senior elderly
car vehicle automobile
phone mobile cell handset smartphone
branch shop store outlet location
office desk counter
team staff colleague employee agent
website site online web internet
letter post
statement bill invoice
receipt proof
document paper papers certificate
copy duplicate
home house household
flat apartment
holiday vacation
trip journey travel ride
flight fly
luggage baggage bag suitcase
weigh weight heavy
long last length duration take lasts
wait hold
ask request apply application claim
answer reply respond response
check inspect verify review examine
confirm confirmation
decide decision
add extra additional further more another
include contain cover come comprise part inclusive
insurance insure insured cover
excess deductible
deposit
account
credit
cancelation cancellation
free complimentary waive
quick fast
soon early earlier prompt
late delay delayed
missing lost lose
steal stolen theft
open
whole full entire complete total
part partial portion
single one sole
double twice
use redeem spend usage
valid good
work function operate run
try attempt
build assemble put
set install installation setup fit
remove take
collect pickup collection pick fetch
bring take carry
move transfer shift relocate
move transfer pass
share
live reside resident residence
own have possess
find locate see
tell inform notify notice let know
warn warning
explain
help assist support assistance
safe secure
problem issue trouble
reason cause why
happen occur
minimum least
maximum most limit limited cap
automatic automatically itself
immediate immediately once instantly straight
before until
after once following then later
during while
day date
week
amount sum
money cash
wrong incorrect
name surname
year annual annually yearly
month monthly
week weekly
hour hourly
quarter quarterly
night overnight
different other another
same identical
separate separately
together combined combine combination
near nearest close
big large
small little
old original previous former
new
person holder
adult grownup grown-up
doctor gp physician
dog pet
enter type
press click tap hit
sign log login
download
fill complete
form
list
page
read
visit come appointment
gym club
class lesson course
teacher tutor instructor
pupil student learner
member membership
plan subscription tariff package
renew renewal extend extension prolong
unused leftover left remaining
unopened sealed
unworn worn
top-up top
trade
speed
earn gain collect
point
reward
gift present
voucher coupon code
join sign
meter
reading
tenant renter
landlord
partner spouse
doorstep
illness ill sick unwell
die death dead pass died bereavement
birth born
marriage married marry wedding
fraud scam
lock block
unlock unblock
freeze frozen
report tell
look
licence license
driving drive driver
ticket
seat
room
bed
food
meal
table
notice
beyond above
outside
inside within
through via
both two
couple two
per each every
once one
additionally also too plus
fine penalty
quote estimate
proof evidence
cheque check
centre center
tyre tire
colour color
cancelled canceled
catalogue catalog
organise organize
grey gray
"""

# (positive, negative): the second denies the first.
OPPOSITE = """
open closed
open shut
include excluded
include exclude
refund non-refundable
refund nonrefundable
accept refuse
accept reject
accept decline
accept declined
allow forbidden
allow prohibited
allow banned
allow forbid
available unavailable
valid invalid
valid void
necessary unnecessary
limit unlimited
use unused
possible impossible
eligible ineligible
covered uncovered
transfer non-transferable
keep lose
succeed fail
wear unworn
complete incomplete
lock unlock
freeze unfreeze
block unblock
pack unpack
wrap unwrap
plug unplug
known unknown
named unnamed
enable disable
need skip
need exempt
"""

# A line is words of which one, said in place of another, says something else.
CONTRAST = """
free cost charge fee pay price percent
full percent half part
first every
once every
start end
begin end
join leave
keep stop lose delete throw
continue stop end
stop start
young old
half full
online office branch store shop telephone phone counter post
same next
same other
own other
before after
min max
early late
first second third fourth last
open close
member non-member guest visitor
adult child infant baby teenager senior
student teacher pensioner carer nurse
landlord tenant
buyer seller
sender recipient receiver
parent grandparent
driver passenger
owner tenant
cash card cheque voucher transfer paypal invoice
credit debit prepaid
visa mastercard amex american
email letter phone text sms app website chat video person
online branch
android ios iphone
morning afternoon evening night
day week month year hour minute quarter
weekday weekend
workday
spring summer autumn winter
left right
front rear back
upper lower
domestic international
home abroad
inside outside
outbound return
arrival departure
delivery collection
pickup dropoff
gross net
include exclude
increase decrease
higher lower
more less
big small medium
longer shorter
new old used
always usually sometimes rarely
all most some many few half
every other
automatic manual
monthly yearly weekly quarterly daily
business private personal
paper digital
physical electronic
gas electricity water
electricity water
petrol diesel electric
cold hot
wet dry
men women
boy girl
cat dog bird
business economy
standard express economy premium
plain basic
single double twin
single joint
sole joint
main additional
weekly monthly
passport licence
passport visa
buy sell rent
send receive
raise lower
freeze cancel
repair replace refund
exchange refund
refund credit voucher
north south east west
uk eu us canada
england scotland wales ireland
mobile landline
prepaid contract
upload download
mandatory optional
must optional
need optional
require optional
temporary permanent
direct indirect
full partial half
full-time part-time
public private
breakfast lunch dinner
upstairs downstairs
washer dryer dishwasher refrigerator fridge oven
tent jacket shoe boot bag
sofa chair table bed mattress wardrobe
bank building
fault accident
theft loss
damage loss
husband wife
mother father
brother sister
son daughter
manager staff
original copy
bicycle car van motorcycle bus
train bus plane ferry tram
desktop laptop tablet
account card
password pin
doctor dentist pharmacist
postcode address
name address
black white red blue green yellow
"""

# What customers and agents say around a claim; none of these makes one.
EMPTY = """
a an the and or but so nor yet as at by for from in into of off on onto out over per to up upon with within than
then that this these those there here it its they them their theirs he she him her his hers we us our ours i me
my mine you your yours yourself yourselves itself themselves himself herself ourselves be am is are was were
been being do does did done doing have has had having will would shall should who whom whose which what when
where why how whether if because since though although while whereas just only even also too very really quite
rather fairly simply actually basically indeed anyway otherwise instead still already again ever now today soon
about around approximately roughly nearly almost please sorry thanks thank afraid unfortunately luckily gladly
happily sadly glad happy welcome kindly hello hi dear yes sure course certainly absolutely definitely okay ok
right well good great fine perfect lovely nice news hear worry apologise apology congratulations luck loss
understand sympathise know mean say tell let see look note remember mind bear think believe hope sound seem
appear get got go come take make put give want like wish try going gone getting making taking giving putting
looking thing way case fact bit lot kind sort sense point matter question one ones another each any some such
both either neither everything anything something nothing can able possible cases regard regarding concerning
according depending s t re ve ll d m don isn aren doesn didn hasn haven won wouldn couldn shouldn straight
directly easily usual anyone anybody someone somebody everyone everybody nobody people person customer customers
exactly clearly careful trouble chance not without none never unless except until no least most more less
minimum maximum min max limit later earlier
"""

# What a customer would hold the shop to; it must stand in the very sentence.
STRICT = """
free refund discount guarantee compensation unlimited automatic immediate instant tomorrow today tonight always
half double never insurance warranty
"""

# What any sentence about a rule may say, though the rule is told in other words.
LIGHT = """
must need require apply cover cost pay charge use plus include part belong possible choose can please ask time
after once first between during under over above below beyond until except unless without within before while
whichever whatever whenever whoever wherever either neither none no every all both alone together away back down
along through stay go work start begin end count carry run hold become happen turn bring leave remain last goes
stays normal ordinary usual different due worth left left-over altogether total minus exception difference next
further necessary other same own others such enough better best full amount accept age against new find one-off
note keep save add
"""

_IRREGULAR = """
bought:buy paid:pay sent:send kept:keep held:hold lost:lose left:leave made:make taken:take took:take given:give
gave:give chosen:choose chose:choose broken:break broke:break stolen:steal stole:steal begun:begin began:begin
written:write wrote:write driven:drive drove:drive flown:fly flew:fly worn:wear wore:wear sold:sell told:tell
spent:spend met:meet went:go gone:go came:come found:find brought:bring thought:think caught:catch built:build
lent:lend put:put set:set shown:show known:know grown:grow drawn:draw seen:see said:say felt:feel got:get
gotten:get fell:fall fallen:fall rose:rise risen:rise ran:run sat:sit stood:stand understood:understand died:die
dying:die lying:lie children:child people:person persons:person women:woman men:man feet:foot wives:wife
lives:life halves:half babies:baby ids:id frozen:freeze froze:freeze spoken:speak spoke:speak hidden:hide
torn:tear fed:feed bigger:big biggest:big larger:large largest:large smaller:small smallest:small cheaper:cheap
cheapest:cheap longer:long longest:long shorter:short shortest:short older:old oldest:old earlier:early
earliest:early later:late latest:late heavier:heavy heaviest:heavy younger:young youngest:young nearer:near
nearest:near further:far expiry:expire proof:proof renewal:renew arrival:arrive refusal:refuse approval:approve
removal:remove entry:enter sale:sell loss:lose theft:steal flight:fly weight:weigh choice:choose death:die
growth:grow annually:year annual:year yearly:year monthly:month weekly:week daily:day hourly:hour
quarterly:quarter nightly:night cancelled:cancel cancelling:cancel cancellation:cancel canceled:cancel
travelled:travel travelling:travel traveller:traveler travellers:traveler delivery:deliver deliveries:deliver
recovery:recover discovery:discover unavailable:unavailable address:address evening:evening evenings:evening
morning:morning mornings:morning building:building wedding:wedding clothing:clothing ceiling:ceiling
booking:book heading:heading
"""
IRREGULAR = dict(pair.split(":") for pair in _IRREGULAR.split())
