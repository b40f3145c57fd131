#include <cerrno>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <linux/netlink.h>

#include "kernel/fib_writer_impl.hpp"
#include "net/log.hpp"

namespace pipit::kernel {

namespace {

constexpr auto kSlice = std::chrono::milliseconds(2);
constexpr auto kRetryAllGap = std::chrono::milliseconds(200);
constexpr auto kSocketPause = std::chrono::milliseconds(20);
constexpr auto kRepairWindow = std::chrono::seconds(10);
constexpr unsigned kMaxRepairs = 5;  // of one route in a window; more of them wait
constexpr auto kLogWindow = std::chrono::seconds(10);
constexpr unsigned kMaxLogged = 5;  // lines in a window
// Of a batch that others wait to get into, about half.
constexpr std::size_t kMaxStrays = 256;

}  // namespace

FibWriter::Impl::Impl(boost::asio::io_context& context, net::Loop& timing, FibOptions wanted)
    : loop(timing), options(std::move(wanted)), timer(context, [this] { on_timer(); }) {}

FibWriter::Impl::~Impl() {
  loop.cancel(*this);
}

void FibWriter::Impl::wake() {
  if (synchronized && request && !stuck) {
    loop.schedule(*this);
  }
}

bool FibWriter::Impl::run() {
  const net::TimePoint end = loop.now() + kSlice;
  while (synchronized && !stuck && has_work()) {
    fill_batch();
    send_batch();
    if (loop.now() >= end) {
      break;
    }
  }
  arm_timer();
  return synchronized && !stuck && has_work();
}

void FibWriter::Impl::consider(FibId id) {
  FibEntry& entry = table[id];
  if (entry.queued) {
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
  if (stuck) {
    timer.arm(kSocketPause);
  } else if (retry_all_later) {
    timer.arm(kRetryAllGap);
  } else if (const net::Deadline next = troubles.next()) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - loop.now());
    timer.arm(std::max(wait, std::chrono::milliseconds(1)));
  }
}

void FibWriter::Impl::fill_batch() {
  request->clear();
  sent.clear();
  while (const RouteKey* stray = strays.leaving()) {
    const RouteKey key = *stray;
    const std::optional<RouteBody>& body = *strays.find(key);
    if (sent.size() >= kMaxStrays ||
        !put_delete({Sent::Action::DeleteStray, kNoFibId, key}, key, body ? &*body : nullptr)) {
      break;
    }
    strays.erase(key);
  }
  while (!queue.empty() && put(queue.front())) {
    queue.pop_front();
  }
}

/// Adds the request that deletes a route of ours. IPv6 makes one route of all legs of a prefix and
/// metric, whosever they are: beside legs of others ours go one by one.
bool FibWriter::Impl::put_delete(const Sent& item, const RouteKey& key, const RouteBody* body) {
  const Hop* last = nullptr;
  if (body != nullptr && key.prefix.address().is_v6() && joins_multipath(*body) &&
      occupied.contains(key)) {
    last = &body->hops.back();
    for (const Hop* leg = body->hops.data(); leg != last; ++leg) {
      if (!request->put_delete(key, options.protocol, leg)) {
        return false;
      }
      sent.push_back({Sent::Action::DeleteLeg, item.id, key});
    }
  }
  if (!request->put_delete(key, options.protocol, last)) {
    return false;
  }
  sent.push_back(item);
  return true;
}

/// Adds the request of an entry, if one is needed. False when the batch is full.
bool FibWriter::Impl::put(FibId id) {
  FibEntry& entry = table[id];
  const bool right = entry.wanted == entry.actual && !entry.uncertain;
  Sent item{.id = id};
  if (entry.wanted == kNoBody) {
    item.action = Sent::Action::Delete;
    if (entry.actual != kNoBody && !entry.stale) {
      const RouteKey key = table.key(id, entry.actual);
      if (!put_delete(item, key, &table.body(entry.actual).route)) {
        return false;
      }
    }
  } else if (const RouteKey key = table.key(id, entry.wanted); occupied.contains(key)) {
    troubles.block(id, "another program's route has this prefix and metric");
    log_error(entry.prefix, "another program's route has this prefix and metric");
  } else if (!right) {
    // Without REPLACE where nothing of ours is: it would take the place of anybody's route.
    std::uint16_t flags = NLM_F_CREATE | NLM_F_EXCL;
    item.action = Sent::Action::Add;
    if (entry.uncertain) {
      flags = NLM_F_CREATE | NLM_F_REPLACE;
      item.action = Sent::Action::Force;
    } else if (entry.actual != kNoBody && table.same_place(entry.actual, entry.wanted)) {
      flags = NLM_F_REPLACE;
      item.action = Sent::Action::Replace;
    }
    if (!request->put_new({key, table.body(entry.wanted).route}, flags)) {
      return false;
    }
    sent.push_back(item);
  }
  entry.queued = false;
  if (right || entry.wanted == kNoBody) {
    if (sent.empty() || sent.back().id != id) {
      consider(id);
    }
  }
  return true;
}

void FibWriter::Impl::send_batch() {
  if (sent.empty()) {
    return;
  }
  if (const int error = request->send(); error != 0) {
    // The kernel is short of memory for the moment: nothing of the batch was carried out.
    for (const Sent& item : sent) {
      if (item.action == Sent::Action::DeleteStray) {
        keep_stray(item.stray);
      } else if (item.action != Sent::Action::DeleteLeg) {
        consider(item.id);
      }
    }
    ++counters.errors;
    stuck = true;
    return;
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    on_answer(sent[i], request->answers()[i]);
  }
}

/// One that was not deleted, or perhaps not.
void FibWriter::Impl::keep_stray(const RouteKey& key) {
  strays.add(key, std::nullopt);
  strays.release(key.prefix);
}

void FibWriter::Impl::on_answer(const Sent& item, const FibRequest::Answer& answer) {
  if (item.action == Sent::Action::DeleteLeg) {
    if (answer.error != 0 && answer.error != ESRCH) {
      log_error(item.stray.prefix, answer.text);
    }
    return;
  }
  const bool deletes =
      item.action == Sent::Action::Delete || item.action == Sent::Action::DeleteStray;
  if (!answer.known) {
    on_lost(item);
  } else if (answer.error == 0 || (deletes && answer.error == ESRCH)) {
    on_done(item);
  } else {
    on_error(item, answer);
  }
}

void FibWriter::Impl::on_lost(const Sent& item) {
  if (item.action == Sent::Action::DeleteStray) {
    keep_stray(item.stray);
    return;
  }
  table.set_uncertain(item.id, true);
  consider(item.id);
}

void FibWriter::Impl::on_done(const Sent& item) {
  if (item.action == Sent::Action::DeleteStray) {
    ++counters.removed;
    return;
  }
  FibEntry& entry = table[item.id];
  if (item.action == Sent::Action::Delete) {
    ++counters.removed;
    table.set_uncertain(item.id, false);
    table.set_actual(item.id, nullptr);
  } else {
    ++counters.written;
    entry.stale = false;
    if (entry.actual != kNoBody && !table.same_place(entry.actual, entry.wanted)) {
      strays.add(table.key(item.id, entry.actual), table.body(entry.actual).route);
    }
    table.confirm(item.id);
  }
  consider(item.id);
}

void FibWriter::Impl::on_error(const Sent& item, const FibRequest::Answer& answer) {
  ++counters.errors;
  if (item.action == Sent::Action::DeleteStray) {
    log_error(item.stray.prefix, answer.text);
    return;
  }
  if (item.action == Sent::Action::Replace && answer.error == ENOENT) {
    // It went before the monitor could tell: make it anew.
    table.set_actual(item.id, nullptr);
    consider(item.id);
    return;
  }
  if (item.action == Sent::Action::Add && answer.error == EEXIST) {
    // A route that the monitor does not know of. If it is another program's it will by the next
    // attempt; else it is ours.
    table.set_uncertain(item.id, true);
  }
  if (!flushing) {
    log_error(table[item.id].prefix, answer.text);
  }
  troubles.add(item.id, answer.text, loop.now());
}

void FibWriter::Impl::log_error(const net::Prefix& prefix, const std::string& text) {
  const net::TimePoint now = loop.now();
  if (now - log_since > kLogWindow) {
    if (unlogged != 0) {
      net::log(net::LogPart::Kernel, net::LogLevel::Warning, "{} more failures to write routes",
               unlogged);
    }
    log_since = now;
    logged = 0;
    unlogged = 0;
  }
  if (logged == kMaxLogged) {
    ++unlogged;
    return;
  }
  ++logged;
  net::log(net::LogPart::Kernel, net::LogLevel::Warning, "route {} not written: {}",
           prefix.to_string(), text);
}

bool FibWriter::Impl::flush() {
  if (!request) {
    return true;
  }
  flushing = true;
  reconciled = true;
  for (FibId id = 0; id < table.capacity(); ++id) {
    if (table[id].used) {
      table[id].stale = false;
      want(id, nullptr);
    }
  }
  strays.release_if([](const net::Prefix&) { return true; });
  while (!stuck && has_work()) {
    fill_batch();
    send_batch();
  }
  flushing = false;
  return !stuck && troubles.size() == 0;
}

}  // namespace pipit::kernel
