//! A made-up company: people, teams, groups at three providers, and who is live in them. All of it follows
//! from a seed and the day.

use std::collections::BTreeSet;

use fastrand::Rng;
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use rosterd::sandbox::{company, emporix, solvexia};

pub const PEOPLE: usize = 1_000;
pub const TEAMS: [usize; 3] = [25, 10, 5];
pub const MANAGED: usize = 40;
/// Groups at each provider that the roster does not name.
pub const OTHERS: usize = 70;
const STRANGERS: usize = 120;
const CUSTOMERS: usize = 300;

/// The three providers, in the order of their names in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    Finance,
    Shop,
    Travel,
}

impl At {
    pub const ALL: [At; 3] = [At::Finance, At::Shop, At::Travel];

    pub fn name(self) -> &'static str {
        match self {
            At::Finance => "finance",
            At::Shop => "shop",
            At::Travel => "travel",
        }
    }

    pub fn user_id(self, user: User) -> String {
        let number = user.number();
        match self {
            At::Finance => solvexia::user_id(number),
            At::Shop => emporix::user_id(number),
            At::Travel => company::user_id(number),
        }
    }

    pub fn group_id(self, number: usize) -> String {
        let number = number as u64 + 1;
        match self {
            At::Finance => solvexia::group_id(number),
            At::Shop => emporix::group_id(number),
            At::Travel => company::group_id(number),
        }
    }

    pub fn group_name(self, number: usize) -> String {
        format!("{} group {number}", self.name())
    }
}

/// An account at a provider: somebody of the roster, or nobody of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    Person(usize),
    Stranger(usize),
    Customer(usize),
}

impl User {
    fn number(self) -> u64 {
        let number = match self {
            User::Person(index) => 1_000 + index,
            User::Stranger(index) => 20_000 + index,
            User::Customer(index) => 50_000 + index,
        };
        number as u64
    }
}

#[derive(Clone, Debug)]
pub struct Person {
    pub until: Option<Date>,
    /// Has no id at the provider in the roster, and is looked up there.
    pub looked_up: [bool; 3],
}

impl Person {
    pub fn is_looked_up(&self, at: At) -> bool {
        self.looked_up[at as usize]
    }
}

pub fn handle(person: usize) -> String {
    format!("p{person:04}")
}

/// As the provider knows it. The roster writes it in lower case.
pub fn email(person: usize) -> String {
    format!("P{person:04}.Example@acme.example")
}

pub fn login(person: usize) -> String {
    format!("Acme.P{person:04}")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Person(usize),
    Team(usize),
    /// By a provider's own id, which may be that of a person.
    Id(User),
}

#[derive(Clone, Copy, Debug)]
pub struct Reference {
    pub who: Who,
    pub from: Option<Date>,
    pub until: Option<Date>,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub at: At,
    pub number: usize,
    pub by_name: bool,
    pub for_customers: bool,
    pub include: bool,
    pub members: Vec<Reference>,
    /// The lines of a list file; never with dates.
    pub listed: Vec<Reference>,
    pub except: Vec<Reference>,
    /// Who should be in it today, and who is: [`World::settle`].
    pub wanted: BTreeSet<User>,
    pub live: BTreeSet<User>,
}

impl Group {
    pub fn handle(&self) -> String {
        format!("{}-{:02}", self.at.name(), self.number)
    }

    pub fn id(&self) -> String {
        self.at.group_id(self.number)
    }
}

pub struct World {
    pub today: Date,
    pub people: Vec<Person>,
    /// Lower levels first: a team contains only teams before it.
    pub teams: Vec<Vec<Reference>>,
    pub groups: Vec<Group>,
}

impl World {
    /// Everything that is written, and nothing yet of who is where.
    pub fn new(seed: u64, today: Date) -> Self {
        let mut draw = Draw { rng: Rng::with_seed(seed), today };
        let people = (0..PEOPLE).map(|_| draw.person()).collect();
        let mut teams = Vec::new();
        for (level, count) in TEAMS.into_iter().enumerate() {
            let below = teams.len();
            teams.extend((0..count).map(|_| draw.team(level, below)).collect::<Vec<_>>());
        }
        let groups = At::ALL.into_iter().flat_map(|at| (0..MANAGED).map(move |number| (at, number)));
        let groups = groups.map(|(at, number)| draw.group(at, number)).collect();
        Self { today, people, teams, groups }
    }

    /// Notes who should be where, and draws who is: some groups as they should be, some empty, some full of
    /// others, most in between.
    pub fn settle(&mut self, seed: u64, wanted: impl Fn(&Self, &Group) -> BTreeSet<User>) {
        let mut rng = Rng::with_seed(seed);
        for index in 0..self.groups.len() {
            let group = &self.groups[index];
            let wanted = wanted(self, group);
            let (keep, others) = match rng.usize(0..20) {
                0..3 => (100, 0),
                3 => (0, 0),
                4 => (0, 30),
                5 => (50, 150),
                _ => (90, 12),
            };
            let mut live: BTreeSet<User> =
                wanted.iter().copied().filter(|_| rng.usize(0..100) < keep).collect();
            let accounts = Self::accounts(group.for_customers).filter(|user| !wanted.contains(user));
            let accounts: Vec<User> = accounts.collect();
            live.extend((0..others).filter_map(|_| rng.choice(&accounts)));
            self.groups[index] = Group { wanted, live, ..group.clone() };
        }
    }

    /// Everybody who could be in a group.
    pub fn accounts(customers: bool) -> impl Iterator<Item = User> {
        let (employees, customers) = if customers { (0, CUSTOMERS) } else { (1, 0) };
        let people = (0..PEOPLE * employees).map(User::Person);
        let strangers = (0..STRANGERS * employees).map(User::Stranger);
        people.chain(strangers).chain((0..customers).map(User::Customer))
    }
}

struct Draw {
    rng: Rng,
    today: Date,
}

impl Draw {
    fn person(&mut self) -> Person {
        let until = match self.rng.usize(0..100) {
            0..4 => Some(self.past()),
            4..8 => Some(self.not_past()),
            _ => None,
        };
        Person { until, looked_up: std::array::from_fn(|_| self.rng.bool()) }
    }

    /// A day before today, yesterday among them.
    fn past(&mut self) -> Date {
        let days = self.rng.i32(1..400).min(self.rng.i32(1..5));
        self.day(-days.days())
    }

    /// Today or later.
    fn not_past(&mut self) -> Date {
        let days = self.rng.i32(0..400).min(self.rng.i32(0..4));
        self.day(days.days())
    }

    /// After today.
    fn future(&mut self) -> Date {
        let days = self.rng.i32(1..400);
        self.day(days.days())
    }

    fn day(&self, off: Span) -> Date {
        self.today.checked_add(off).unwrap()
    }

    /// A reference that is in force today more often than not.
    fn reference(&mut self, who: Who) -> Reference {
        let (from, until) = match self.rng.usize(0..40) {
            0 => (None, Some(self.past())),
            1 => (Some(self.future()), None),
            2 => (Some(self.past()), Some(self.not_past())),
            3 => (Some(self.today), Some(self.today)),
            4 => (Some(self.today), None),
            _ => (None, None),
        };
        Reference { who, from, until }
    }

    fn people(&mut self, count: std::ops::Range<usize>) -> Vec<Reference> {
        let count = self.rng.usize(count);
        (0..count)
            .map(|_| {
                let person = self.rng.usize(0..PEOPLE);
                self.reference(Who::Person(person))
            })
            .collect()
    }

    fn team(&mut self, level: usize, below: usize) -> Vec<Reference> {
        if level == 0 {
            return self.people(15..45);
        }
        let mut members = self.people(0..8);
        let (start, end) = if level == 1 { (0, TEAMS[0]) } else { (TEAMS[0], below) };
        for _ in 0..self.rng.usize(2..4) {
            let team = self.rng.usize(start..end);
            members.push(self.reference(Who::Team(team)));
        }
        self.rng.shuffle(&mut members);
        members
    }

    fn group(&mut self, at: At, number: usize) -> Group {
        let for_customers = at == At::Shop && number % 4 == 3;
        let mut group = Group {
            at,
            number,
            by_name: self.rng.usize(0..3) == 0,
            for_customers,
            include: self.rng.usize(0..6) == 0,
            members: Vec::new(),
            listed: Vec::new(),
            except: Vec::new(),
            wanted: BTreeSet::new(),
            live: BTreeSet::new(),
        };
        if for_customers {
            self.fill_for_customers(&mut group);
        } else {
            self.fill(&mut group);
        }
        group
    }

    fn fill(&mut self, group: &mut Group) {
        group.members = self.people(5..45);
        for _ in 0..self.rng.usize(0..3) {
            let team = self.rng.usize(0..TEAMS.iter().sum());
            group.members.push(self.reference(Who::Team(team)));
        }
        for _ in 0..self.rng.usize(0..4) {
            let stranger = self.rng.usize(0..STRANGERS);
            group.members.push(self.reference(Who::Id(User::Stranger(stranger))));
        }
        for _ in 0..self.rng.usize(0..2) {
            let person = self.rng.usize(0..PEOPLE);
            group.members.push(self.reference(Who::Id(User::Person(person))));
        }
        if self.rng.bool() {
            let lines = self.rng.usize(20..180);
            group.listed = (0..lines).map(|_| self.line(false)).collect();
        }
        if self.rng.usize(0..3) == 0 {
            group.except = self.people(1..12);
            let team = self.rng.usize(0..TEAMS[0]);
            group.except.push(self.reference(Who::Team(team)));
            let person = self.rng.usize(0..PEOPLE);
            group.except.push(self.reference(Who::Id(User::Person(person))));
        }
        self.rng.shuffle(&mut group.members);
    }

    fn fill_for_customers(&mut self, group: &mut Group) {
        let customer = |draw: &mut Self| Who::Id(User::Customer(draw.rng.usize(0..CUSTOMERS)));
        for _ in 0..self.rng.usize(1..20) {
            let who = customer(self);
            group.members.push(self.reference(who));
        }
        let lines = self.rng.usize(0..250);
        group.listed = (0..lines).map(|_| self.line(true)).collect();
        for _ in 0..self.rng.usize(0..5) {
            let who = customer(self);
            group.except.push(self.reference(who));
        }
    }

    fn line(&mut self, customers: bool) -> Reference {
        let who = match self.rng.usize(0..60) {
            _ if customers => Who::Id(User::Customer(self.rng.usize(0..CUSTOMERS))),
            0 => Who::Team(self.rng.usize(0..TEAMS[0])),
            1..4 => Who::Id(User::Stranger(self.rng.usize(0..STRANGERS))),
            4..6 => Who::Id(User::Person(self.rng.usize(0..PEOPLE))),
            _ => Who::Person(self.rng.usize(0..PEOPLE)),
        };
        Reference { who, from: None, until: None }
    }
}
