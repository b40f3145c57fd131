#include <algorithm>
#include <chrono>
#include <utility>

#include <linux/netlink.h>

#include "kernel/fib/fib_writer_impl.hpp"
#include "net/slice_budget.hpp"

namespace pipit::kernel {

namespace {

constexpr auto kWriteSlice = std::chrono::milliseconds(2);
constexpr auto kRetryAllGap = std::chrono::milliseconds(200);
constexpr auto kSocketPause = std::chrono::milliseconds(20);
constexpr int kFlushRefusals = 64;  // a flush cannot wait until the kernel has memory
constexpr auto kRepairWindow = std::chrono::seconds(10);
constexpr unsigned kMaxRepairs = 5;  // of one route in a window; more of them wait
// Of a batch that others wait to get into, about half.
constexpr std::size_t kMaxStrays = 1024;
constexpr std::size_t kMaxTaken = 4096;  // from the queue in one go, should they need no request

}  // namespace

FibWriter::Impl::Impl(KernelAccess& kernel, net::Loop& timing, Ownership ours)
    : loop(timing),
      ownership(std::move(ours)),
      access(kernel),
      timer(access.make_timer([this] { on_timer(); })),
      table(timing.random_seed()) {}

FibWriter::Impl::~Impl() {
  loop.cancel(comparison);
  loop.cancel(*this);
}

void FibWriter::Impl::wake() {
  if (synchronized && sender && !stuck && !sender->busy()) {
    loop.schedule(*this);
  }
}

bool FibWriter::Impl::run() {
  const net::SliceBudget budget(loop, kWriteSlice);
  const auto may_send = [this] { return synchronized && !stuck && !in_flight() && has_work(); };
  while (may_send()) {
    fill_batch();
    send_batch();
    if (budget.spent()) {
      break;
    }
  }
  arm_timer();
  return may_send();
}

void FibWriter::Impl::consider(FibId id) {
  FibEntry& entry = table[id];
  if (entry.queued || entry.in_flight) {
    return;
  }
  if (entry.wanted == kNoBody && entry.actual == kNoBody) {
    if (reconciled) {
      release_strays(entry.prefix);
    }
    troubles.forget(id);
    repairs.erase(id);
    table.erase(id);
    return;
  }
  if (entry.wanted == entry.actual && !entry.uncertain) {
    release_strays(entry.prefix);
    troubles.forget(id);
    return;
  }
  if (may_stay(entry)) {
    return;
  }
  entry.queued = true;
  queue.push_back(id);
  wake();
}

void FibWriter::Impl::release_strays(const net::Prefix& prefix) {
  if (!strays.empty()) {
    strays.release(prefix);
    wake();
  }
}

/// A route of an earlier run whose fate is not decided yet.
bool FibWriter::Impl::may_stay(const FibEntry& entry) const {
  return entry.stale && entry.actual != kNoBody && (entry.wanted == kNoBody || !replacing);
}

/// Somebody changed or deleted a route of ours: it comes back, but we do not fight for it without
/// a pause.
void FibWriter::Impl::repair(FibId id) {
  ++counters.repaired;
  const net::TimePoint now = loop.now();
  if (now - repairs_since > kRepairWindow) {
    repairs_since = now;
    repairs.clear();
  }
  if (++repairs[id] > kMaxRepairs) {
    troubles.add(id, "somebody else changes this route again and again", now);
    arm_timer();
    return;
  }
  consider(id);
}

void FibWriter::Impl::retry_all() {
  if (troubles.size() == 0) {
    return;
  }
  const net::TimePoint now = loop.now();
  if (now - last_retry_all < kRetryAllGap) {
    retry_all_later = true;
    arm_timer();
    return;
  }
  last_retry_all = now;
  retry_all_later = false;
  for (const FibId id : troubles.waiting()) {
    ++counters.retries;
    consider(id);
  }
}

void FibWriter::Impl::on_timer() {
  stuck = false;
  if (retry_all_later) {
    retry_all();
  }
  for (const FibId id : troubles.due(loop.now())) {
    ++counters.retries;
    consider(id);
  }
  wake();
  arm_timer();
}

void FibWriter::Impl::arm_timer() {
  const auto wait_until = [this](net::TimePoint then) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(then - loop.now());
    timer->arm(std::max(wait, std::chrono::milliseconds(1)));
  };
  if (stuck) {
    timer->arm(kSocketPause);
  } else if (retry_all_later) {
    wait_until(last_retry_all + kRetryAllGap);
  } else if (const net::Deadline next = troubles.next()) {
    wait_until(*next);
  }
}

void FibWriter::Impl::fill_batch() {
  sender->request().clear();
  while (const RouteKey* stray = strays.leaving()) {
    const RouteKey key = *stray;
    const std::optional<RouteBody>& body = *strays.find(key);
    if (sent.size() >= kMaxStrays ||
        !put_delete({.action = Sent::Action::DeleteStray, .stray = key}, key,
                    body ? &*body : nullptr)) {
      break;
    }
    strays.erase(key);
  }
  for (std::size_t taken = 0; taken < kMaxTaken && !queue.empty() && put(queue.front()); ++taken) {
    queue.pop_front();
  }
}

/// Adds the request of an entry, if one is needed. False when the batch is full.
bool FibWriter::Impl::put(FibId id) {
  FibEntry& entry = table[id];
  const bool right = entry.wanted == entry.actual && !entry.uncertain;
  if (entry.wanted != kNoBody) {
    if (!right && !put_add(id)) {
      return false;
    }
  } else if (entry.actual != kNoBody && !entry.stale) {
    const Sent item{.action = Sent::Action::Delete, .id = id, .body = entry.actual};
    if (!put_delete(item, table.key(id, entry.actual), &table.body(entry.actual).route)) {
      return false;
    }
  }
  entry.queued = false;
  if (right || entry.wanted == kNoBody) {
    consider(id);
  }
  return true;
}

bool FibWriter::Impl::put_add(FibId id) {
  const FibEntry& entry = table[id];
  const RouteKey key = table.key(id, entry.wanted);
  if (occupied.contains(key)) {
    troubles.block(id, "another program's route has this prefix and metric");
    log_error(entry.prefix, "another program's route has this prefix and metric");
    return true;
  }
  // Without REPLACE where nothing of ours is: it would take the place of anybody's route.
  std::uint16_t flags = NLM_F_CREATE | NLM_F_EXCL;
  Sent item{.action = Sent::Action::Add, .id = id, .body = entry.wanted};
  if (entry.uncertain) {
    flags = NLM_F_CREATE | NLM_F_REPLACE;
    item.action = Sent::Action::Force;
  } else if (entry.actual != kNoBody && table.same_place(entry.actual, entry.wanted)) {
    flags = NLM_F_REPLACE;
    item.action = Sent::Action::Replace;
  }
  if (!sender->request().put_new({key, table.body(entry.wanted).route}, flags)) {
    return false;
  }
  note(item);
  return true;
}

/// Adds the request that deletes a route of ours. IPv6 makes one route of all legs of a prefix and
/// metric, whosever they are: beside legs of others ours go one by one.
bool FibWriter::Impl::put_delete(const Sent& item, const RouteKey& key, const RouteBody* body) {
  FibRequest& request = sender->request();
  // What an earlier run wrote may have another protocol.
  const std::uint8_t protocol = body != nullptr ? body->protocol : ownership.protocol;
  const bool found = item.id != kNoFibId ? table[item.id].found : strays.is_found(key);
  const Hop* last = nullptr;
  bool all = true;
  if (body != nullptr && key.prefix.address().is_v6() && joins_multipath(*body) &&
      occupied.contains(key)) {
    last = &body->hops.back();
    for (const Hop* leg = body->hops.data(); all && leg != last; ++leg) {
      all = request.put_delete(key, protocol, leg);
      if (all) {
        note({.action = Sent::Action::DeleteLeg, .stray = key});
      }
    }
  }
  if (all && request.put_delete(key, protocol, last)) {
    note(item);
    if (found && !flushing) {
      warn_of_deletion(key, protocol);
    }
    return true;
  }
  if (last != nullptr && item.id != kNoFibId) {
    table.set_uncertain(item.id, true);  // some legs go now, should it be wanted again meanwhile
  }
  return false;
}

void FibWriter::Impl::note(const Sent& item) {
  sent.push_back(item);
  if (item.body != kNoBody) {
    table.share(item.body);
    table.set_in_flight(item.id, true);
    table.set_uncertain(item.id, false);  // the request is what settles a doubt
  }
}

void FibWriter::Impl::send_batch() {
  if (!sent.empty()) {
    outrun = true;
    sender->send();
  }
}

bool FibWriter::Impl::flush(const std::function<bool(const net::Prefix&)>& fits) {
  if (!sender) {
    return true;
  }
  if (in_flight()) {
    on_answered();
  }
  flushing = true;
  reconciled = true;
  for (FibId id = 0; id < table.capacity(); ++id) {
    if (table[id].used && fits(table[id].prefix)) {
      table[id].stale = false;
      want(id, nullptr);
    }
  }
  strays.release_if(fits);
  for (int refusals = 0; refusals < kFlushRefusals && has_work(); refusals += stuck ? 1 : 0) {
    stuck = false;
    fill_batch();
    send_batch();
    if (in_flight()) {
      on_answered();
    }
  }
  flushing = false;
  bool all = !stuck;
  for (FibId id = 0; all && id < table.capacity(); ++id) {
    all = !table[id].used || !fits(table[id].prefix);
  }
  return all;
}

}  // namespace pipit::kernel
