//! [`Wheel`]: the events of a simulation, soonest first.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::simulation::time::{Nanos, nanos};

/// No event.
const NONE: u32 = u32::MAX;

/// Events in order of time; those of the same time in the order in which they came.
///
/// A ring of slots, each a list of the events of a short while. Only the events of the present slot are sorted, so that an event
/// costs the same however many others there are: a heap of a million is ten times as slow. After R. Brown, Calendar queues,
/// CACM 31 (1988).
#[derive(Debug)]
pub struct Wheel<E> {
    /// How long a slot is.
    width: Nanos,
    /// The slot that is being emptied, counted from the beginning of time.
    present: u64,
    /// Those of the present slot that were there when it came, the soonest last.
    sorted: Vec<(Nanos, E)>,
    /// Those of the present slot that have come since.
    since: BinaryHeap<Reverse<Entry<E>>>,
    /// The first event of each slot.
    slots: Vec<u32>,
    /// All events in slots, and room for others.
    nodes: Vec<Node<E>>,
    /// The first free node.
    free: u32,
    /// Events further away than the wheel reaches.
    far: BinaryHeap<Reverse<Entry<E>>>,
    /// Events that ever were in one of the heaps.
    count: u64,
    /// Events in slots.
    waiting: usize,
}

#[derive(Debug)]
struct Node<E> {
    at: Nanos,
    next: u32,
    event: Option<E>,
}

/// An event in a heap: the order in which they came decides between those of the same time.
#[derive(Debug)]
struct Entry<E> {
    at: Nanos,
    count: u64,
    event: E,
}

impl<E> Wheel<E> {
    /// An empty one for so many events a second or so, most of which come within so many seconds: it is exact for any
    /// numbers, and fast when they are about right.
    #[must_use]
    pub fn new(events_per_second: f64, within: f64) -> Self {
        // Some forty in each slot: to sort them costs little, and so does to look at a slot that is empty.
        let width = nanos(40.0 / events_per_second.max(1e-3)).clamp(1, 1 << 40);
        let slots = (nanos(within) / width + 1).next_power_of_two().clamp(64, 1 << 20);
        Self {
            width,
            present: 0,
            sorted: Vec::new(),
            since: BinaryHeap::new(),
            slots: vec![NONE; usize::try_from(slots).expect("it fits")],
            nodes: Vec::new(),
            free: NONE,
            far: BinaryHeap::new(),
            count: 0,
            waiting: 0,
        }
    }

    /// Adds an event; one in the past comes next.
    pub fn push(&mut self, at: Nanos, event: E) {
        let slot = at / self.width;
        if slot > self.present && slot - self.present < self.reach() {
            return self.link(slot, at, event);
        }
        let entry = Reverse(Entry { at, count: self.count, event });
        self.count += 1;
        if slot <= self.present { self.since.push(entry) } else { self.far.push(entry) }
    }

    /// When the soonest event is.
    pub fn peek(&mut self) -> Option<Nanos> {
        while self.sorted.is_empty() && self.since.is_empty() {
            self.turn()?;
        }
        let since = self.since.peek().map(|Reverse(entry)| entry.at);
        self.sorted.last().map(|(at, _)| *at).into_iter().chain(since).min()
    }

    /// Takes the soonest event.
    pub fn pop(&mut self) -> Option<(Nanos, E)> {
        while self.sorted.is_empty() && self.since.is_empty() {
            self.turn()?;
        }
        let sooner = self.since.peek().is_some_and(|Reverse(entry)| {
            // Those that were there before have come before.
            self.sorted.last().is_none_or(|(at, _)| entry.at < *at)
        });
        if sooner {
            self.since.pop().map(|Reverse(entry)| (entry.at, entry.event))
        } else {
            self.sorted.pop()
        }
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting + self.sorted.len() + self.since.len() + self.far.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts an event into a slot.
    fn link(&mut self, slot: u64, at: Nanos, event: E) {
        let index = self.index(slot);
        let head = &mut self.slots[index];
        let node = Node { at, next: *head, event: Some(event) };
        self.waiting += 1;
        if self.free == NONE {
            *head = u32::try_from(self.nodes.len()).expect("fewer events than four billions");
            self.nodes.push(node);
        } else {
            *head = self.free;
            let place = &mut self.nodes[self.free as usize];
            self.free = place.next;
            *place = node;
        }
    }

    /// Goes on to the next slot that may hold something.
    fn turn(&mut self) -> Option<()> {
        if self.waiting == 0 {
            self.present = self.far.peek()?.0.at / self.width;
        } else {
            self.present += 1;
        }
        // What the wheel reaches now has come before all that will be put there.
        while self
            .far
            .peek()
            .is_some_and(|Reverse(entry)| entry.at / self.width < self.present + self.reach())
        {
            let Some(Reverse(Entry { at, event, .. })) = self.far.pop() else { break };
            self.link(at / self.width, at, event);
        }
        let index = self.index(self.present);
        let mut next = std::mem::replace(&mut self.slots[index], NONE);
        while next != NONE {
            let node = &mut self.nodes[next as usize];
            self.sorted.extend(node.event.take().map(|event| (node.at, event)));
            (self.free, next) = (next, std::mem::replace(&mut node.next, self.free));
            self.waiting -= 1;
        }
        // The lists have the last first, and so has `sorted`: a stable sort leaves those of the same time in that order.
        self.sorted.sort_by_key(|(at, _)| Reverse(*at));
        Some(())
    }

    /// So many slots from the present one on have a place; what comes later waits in a heap.
    fn reach(&self) -> u64 {
        self.slots.len() as u64
    }

    fn index(&self, slot: u64) -> usize {
        usize::try_from(slot % self.reach()).expect("it fits")
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.count).cmp(&(other.at, other.count))
    }
}
