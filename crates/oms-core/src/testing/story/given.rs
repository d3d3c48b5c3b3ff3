//! Short forms of the commands that set a story's stage.
//!
//! - `pool P`
//! - `node n1 in P [dc|store] [pickup] [noship] [cold] [hazmat] [capacity 2] [zone Europe/Berlin]
//!   [lane Z1]`: a lane is under way for two days and costs 4.00 USD
//! - `channel WEB sells P,Q [pos|web|marketplace|b2b|other]`
//! - `item A [gram] [cold] [hazmat]`
//! - `policy tenant {…}`, `policy channel WEB {…}`, `policy node n1 {…}`
//! - `order O1 on WEB [pickup n1] [priority 3] [currency JPY] [discount 10.00]
//!   [source shop/1001/3] [to US/Z1] [complete|together]: 2 A @19.99, 1 B`: lines are 1, 2, …
//! - `shop`: pool P with stores n1 and n2, pool Q with store n3, all of which ship and hand over;
//!   channels WEB (P, then Q) and POS (P); items A, B and C.

use serde_json::{Map, Value, json};

type Command = (String, Value);

fn command(verb: &str, payload: Value) -> Command {
    (verb.to_owned(), payload)
}

fn set(object: &mut Value, field: &str, value: impl Into<Value>) {
    if let Value::Object(fields) = object {
        fields.insert(field.to_owned(), value.into());
    }
}

/// The stage on which most stories play.
pub(super) fn shop() -> Vec<Command> {
    let lines = [
        "pool P",
        "pool Q",
        "node n1 in P store pickup",
        "node n2 in P store pickup",
        "node n3 in Q store pickup",
        "channel WEB sells P,Q web",
        "channel POS sells P pos",
        "item A",
        "item B",
        "item C",
    ];
    let read = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        let (verb, args) = words.split_first()?;
        short(verb, args)?.ok()
    };
    lines.iter().filter_map(read).collect()
}

/// The command of a short form; `None` where it is none.
pub(super) fn short(verb: &str, args: &[&str]) -> Option<Result<Command, String>> {
    let (first, rest) = match args.split_first() {
        Some((first, rest)) => (*first, rest),
        None => ("", args),
    };
    match verb {
        "pool" => Some(Ok(command("define_pool", json!({ "id": first })))),
        "node" => Some(node(first, rest)),
        "channel" => Some(channel(first, rest)),
        "item" => Some(item(first, rest)),
        "policy" => Some(policy(first, rest)),
        "order" => Some(order(first, rest)),
        _ => None,
    }
}

fn node(id: &str, words: &[&str]) -> Result<Command, String> {
    let mut node = json!({ "id": id, "kind": "store", "pool": id, "time_zone": "UTC" });
    let mut can = Map::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut next = || words.next().copied().ok_or(format!("`{word}` wants a word"));
        match *word {
            "in" => set(&mut node, "pool", next()?),
            "zone" => set(&mut node, "time_zone", next()?),
            "capacity" => {
                let most: u64 = next()?.parse().map_err(|e| format!("{e}"))?;
                set(&mut node, "capacity_orders_per_day", most);
            }
            "lane" => set(
                &mut node,
                "lanes",
                json!([{ "to": { "region": next()? }, "service": "ground", "transit_days": 2,
                    "cost_fixed": "4.00 USD", "cost_per_kg": "0.00 USD" }]),
            ),
            kind @ ("dc" | "store" | "hub" | "supplier" | "third_party") => {
                set(&mut node, "kind", kind);
            }
            "noship" => drop(can.insert("ship".into(), false.into())),
            "cold" => drop(can.insert("hold_cold".into(), true.into())),
            what @ ("pickup" | "hazmat") => drop(can.insert(what.into(), true.into())),
            other => return Err(format!("`{other}` is nothing that a node has")),
        }
    }
    set(&mut node, "capabilities", Value::Object(can));
    Ok(command("define_location", node))
}

fn channel(id: &str, words: &[&str]) -> Result<Command, String> {
    let (pools, kind) = match words {
        ["sells", pools] => (pools, "web"),
        ["sells", pools, kind] => (pools, *kind),
        _ => return Err("a channel sells from pools: `channel WEB sells P,Q web`".into()),
    };
    let pools: Vec<&str> = pools.split(',').collect();
    Ok(command("define_channel", json!({ "id": id, "kind": kind, "pools": pools })))
}

fn item(sku: &str, words: &[&str]) -> Result<Command, String> {
    let mut flags = Map::new();
    let mut unit = "each";
    for word in words {
        match *word {
            "gram" => unit = "gram",
            flag @ ("cold" | "hazmat") => drop(flags.insert(flag.into(), true.into())),
            other => return Err(format!("`{other}` is nothing that an item has")),
        }
    }
    Ok(command("define_item", json!({ "sku": sku, "base_unit": unit, "flags": flags })))
}

fn policy(scope: &str, words: &[&str]) -> Result<Command, String> {
    let (scope, body) = match (scope, words) {
        ("tenant", [body]) => (json!("tenant"), body),
        ("channel", [id, body]) => (json!({ "channel": id }), body),
        ("node", [id, body]) => (json!({ "location": id }), body),
        _ => return Err("a policy has a scope and a body".into()),
    };
    let body: Value = serde_json::from_str(body).map_err(|e| e.to_string())?;
    Ok(command("set_policy", json!({ "scope": scope, "policy": body })))
}

fn order(id: &str, words: &[&str]) -> Result<Command, String> {
    let whole = words.join(" ");
    let (head, lines) = whole.split_once(": ").ok_or("an order has lines: `…: 2 A, 1 B`")?;
    let mut order = json!({ "order": id, "currency": "USD" });
    let mut to = json!({ "ship": { "destination": { "country": "US", "region": "Z1" } } });
    let mut discount = None;
    let mut head = head.split(' ');
    while let Some(word) = head.next() {
        let mut next = || head.next().ok_or(format!("`{word}` wants a word"));
        match word {
            "on" => set(&mut order, "channel", next()?),
            "pickup" => to = json!({ "pickup": { "location": next()? } }),
            "priority" => {
                let priority: i32 = next()?.parse().map_err(|e| format!("{e}"))?;
                set(&mut order, "priority", priority);
            }
            "currency" => set(&mut order, "currency", next()?),
            "discount" => discount = Some(next()?),
            "to" => {
                let (country, region) = next()?.split_once('/').ok_or("to COUNTRY/REGION")?;
                to = json!({ "ship": { "destination": { "country": country, "region": region } } });
            }
            "source" => {
                let parts: Vec<&str> = next()?.split('/').collect();
                let [system, id, version] = parts.as_slice() else {
                    return Err("source SYSTEM/ID/VERSION".into());
                };
                let version: u64 = version.parse().map_err(|e| format!("{e}"))?;
                set(
                    &mut order,
                    "source",
                    json!({ "system": system, "id": id, "version": version }),
                );
            }
            "complete" => set(&mut order, "constraints", json!({ "ship_complete": true })),
            "together" => set(&mut order, "constraints", json!({ "ship_together": true })),
            other => return Err(format!("`{other}` is nothing that an order has")),
        }
    }
    let currency = order.get("currency").and_then(Value::as_str).unwrap_or_default().to_owned();
    set(&mut order, "groups", json!([{ "group": "g", "to": to }]));
    let mut all = Vec::new();
    for (index, line) in lines.split(", ").enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (qty, sku, price) = match words.as_slice() {
            [qty, sku] => (qty, sku, None),
            [qty, sku, price] => (qty, sku, price.strip_prefix('@')),
            _ => return Err(format!("`{line}` is no `2 A @19.99`")),
        };
        // A quantity that is none is sent as it stands, so that a story can be refused for it.
        let qty: Value = serde_json::from_str(qty).map_err(|e| e.to_string())?;
        let mut line = json!({ "line": (index + 1).to_string(), "sku": sku, "qty": qty });
        if let Some(price) = price {
            set(&mut line, "unit_price", format!("{price} {currency}"));
        }
        all.push(line);
    }
    set(&mut order, "lines", all);
    if let Some(amount) = discount {
        set(
            &mut order,
            "discounts",
            json!([{ "code": "discount", "amount": format!("{amount} {currency}") }]),
        );
    }
    Ok(command("place_order", order))
}
