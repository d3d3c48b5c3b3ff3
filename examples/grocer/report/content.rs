//! What a page is made of: plain figures and words.

/// The look of a thing on the page, the same everywhere: the stages of a line's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Wanted, nothing behind it.
    Open,
    /// Claimed in a pool.
    Reserved,
    /// Claimed at a node.
    Allocated,
    /// Given to the node as work.
    Released,
    /// In a box.
    Packed,
    /// With the carrier.
    Shipped,
    /// With the customer.
    Delivered,
    /// Given up.
    Cancelled,
}

impl Tone {
    /// The name of the style.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reserved => "reserved",
            Self::Allocated => "allocated",
            Self::Released => "released",
            Self::Packed => "packed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Everything on the page.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReportData {
    /// For example `Two weeks of a grocer's orders`.
    pub(crate) title: String,
    /// What kind of page this is, in a few words above the title.
    pub(crate) eyebrow: String,
    /// One or two sentences: what was run on what.
    pub(crate) lede: String,
    pub(crate) pulse: Pulse,
    /// Four to eight figures that tell most.
    pub(crate) headline: Vec<Figure>,
    pub(crate) status: StatusHistory,
    pub(crate) rates: Vec<RateHistory>,
    pub(crate) network: Network,
    pub(crate) setbacks: Vec<Setbacks>,
    pub(crate) policies: Vec<PolicyRow>,
    pub(crate) stock: Vec<StockGroup>,
    /// What comes next.
    pub(crate) ahead: super::Ahead,
    pub(crate) story: Option<Story>,
    pub(crate) throughput: Vec<Throughput>,
    pub(crate) checks: Vec<Check>,
    /// What the source held and what was left out of it.
    pub(crate) intake: Vec<Remark>,
    /// Sentences at the foot: sources, rules, what is simulated.
    pub(crate) notes: Vec<String>,
}

/// How many orders came in, hour by hour or in any equal spans, without a gap.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pulse {
    /// `Orders placed`; the length of a bar is added to it.
    pub(crate) name: String,
    /// The start of the first span, in seconds since 1970-01-01 UTC.
    pub(crate) from: i64,
    /// The length of a span, in seconds.
    pub(crate) span: i64,
    pub(crate) orders: Vec<u64>,
}

/// One large figure.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figure {
    /// `Fill rate`.
    pub(crate) name: String,
    /// `97.3%`, as it is to be read.
    pub(crate) value: String,
    /// `of ordered units shipped complete`.
    pub(crate) note: String,
}

/// How many orders stood in which status, at moments in time order.
#[derive(Debug, Clone, Default)]
pub(crate) struct StatusHistory {
    /// Seconds since 1970-01-01 UTC.
    pub(crate) at: Vec<i64>,
    /// From the bottom of the picture to its top; best the last stage first.
    pub(crate) bands: Vec<Band>,
}

/// One status over time.
#[derive(Debug, Clone)]
pub(crate) struct Band {
    /// `In fulfillment`.
    pub(crate) name: String,
    pub(crate) tone: Tone,
    /// One number a moment.
    pub(crate) orders: Vec<u64>,
}

/// A share that changes day by day.
#[derive(Debug, Clone)]
pub(crate) struct RateHistory {
    /// `Fill rate`.
    pub(crate) name: String,
    /// What is divided by what, in a sentence.
    pub(crate) meaning: String,
    pub(crate) tone: Tone,
    /// In time order.
    pub(crate) days: Vec<RateDay>,
}

/// The share of one day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RateDay {
    /// Seconds since 1970-01-01 UTC, anywhere in the day.
    pub(crate) at: i64,
    pub(crate) part: u64,
    /// A day whose whole is 0 has no share and is passed over.
    pub(crate) whole: u64,
}

/// The network and what flowed through it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Network {
    /// A sentence on what is drawn.
    pub(crate) meaning: String,
    pub(crate) nodes: Vec<NodeDot>,
    /// The 80 largest are drawn.
    pub(crate) flows: Vec<Flow>,
    /// Names on the map, such as metropolitan areas.
    pub(crate) labels: Vec<MapLabel>,
}

/// A node on the map.
#[derive(Debug, Clone)]
pub(crate) struct NodeDot {
    pub(crate) name: String,
    /// Distribution centers are drawn as diamonds with their name, stores as dots.
    pub(crate) center: bool,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    /// What the node did, which is the size of its dot.
    pub(crate) units: u64,
}

/// Units that went from one place to another.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    /// `Groveport, OH to Atlanta, GA`.
    pub(crate) name: String,
    /// Latitude and longitude.
    pub(crate) from: (f64, f64),
    pub(crate) to: (f64, f64),
    pub(crate) units: u64,
    pub(crate) tone: Tone,
}

/// A name at a point of the map.
#[derive(Debug, Clone)]
pub(crate) struct MapLabel {
    pub(crate) name: String,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

/// What went wrong in one way, by reason.
#[derive(Debug, Clone)]
pub(crate) struct Setbacks {
    /// `Short picks`.
    pub(crate) kind: String,
    pub(crate) tone: Tone,
    /// Reason and units; the largest first.
    pub(crate) reasons: Vec<(String, u64)>,
}

/// Nodes whose stock is shown on one scale.
#[derive(Debug, Clone)]
pub(crate) struct StockGroup {
    /// `Distribution centers`.
    pub(crate) name: String,
    pub(crate) nodes: Vec<NodeStock>,
}

/// The units at one node by bucket.
#[derive(Debug, Clone, Default)]
pub(crate) struct NodeStock {
    pub(crate) name: String,
    pub(crate) available: u64,
    pub(crate) allocated: u64,
    pub(crate) buffered: u64,
    /// Inspect, damaged and quarantine.
    pub(crate) withheld: u64,
}

/// One order's life and why it was sourced as it was.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    /// `Order 31198570044`.
    pub(crate) name: String,
    /// A sentence: who, where to, when.
    pub(crate) lede: String,
    pub(crate) goods: Vec<Goods>,
    /// The stages that are drawn, top to bottom.
    pub(crate) stages: Vec<Stage>,
    /// In time order.
    pub(crate) steps: Vec<Step>,
    pub(crate) sourcing: Option<Sourcing>,
}

/// What was ordered.
#[derive(Debug, Clone)]
pub(crate) struct Goods {
    pub(crate) name: String,
    pub(crate) units: u64,
}

/// One lane of the picture.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) name: String,
    pub(crate) tone: Tone,
}

/// One event of the order, and where its units were right after it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// Seconds since 1970-01-01 UTC.
    pub(crate) at: i64,
    /// One or two words: `Packed`.
    pub(crate) name: String,
    /// A sentence: what happened, where.
    pub(crate) detail: String,
    /// Units by stage, in the order of [`Story::stages`].
    pub(crate) units: Vec<u64>,
}

/// The decision where an order ships from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sourcing {
    /// A sentence: what was decided and what decided it.
    pub(crate) lede: String,
    /// The chosen plan first, then the runner-up, then others.
    pub(crate) plans: Vec<Plan>,
    pub(crate) rejected: Vec<Rejected>,
}

/// One way to ship the order.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The node or nodes.
    pub(crate) name: String,
    /// What is remarkable: `arrives Jan 4`.
    pub(crate) remark: String,
    /// Named parts of the cost, in cents. The same name has the same color in every plan.
    pub(crate) parts: Vec<(String, u64)>,
}

/// A node that was not in question.
#[derive(Debug, Clone)]
pub(crate) struct Rejected {
    pub(crate) node: String,
    /// The stable code of the reason.
    pub(crate) code: String,
    pub(crate) why: String,
}

/// How fast something went.
#[derive(Debug, Clone)]
pub(crate) struct Throughput {
    pub(crate) what: String,
    pub(crate) count: u64,
    /// The time that all of them took.
    pub(crate) seconds: f64,
}

/// What a policy's plans of all rounds come to, in words.
#[derive(Debug, Clone)]
pub(crate) struct PolicyRow {
    pub(crate) name: String,
    /// A cell for each of [`POLICY_COLUMNS`].
    pub(crate) cells: Vec<String>,
}

/// What is told of a policy.
pub(crate) const POLICY_COLUMNS: [&str; 7] =
    ["cost", "per order", "split", "days", "miles", "fill", "time"];

/// A law that was checked.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) law: String,
    pub(crate) checked: u64,
    pub(crate) differences: u64,
}

/// A figure with a word on it.
#[derive(Debug, Clone)]
pub(crate) struct Remark {
    pub(crate) what: String,
    pub(crate) figure: u64,
    pub(crate) remark: String,
}
