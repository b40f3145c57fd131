#include "kernel/fib/fib_audit.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kernel/fib/fib_writer_impl.hpp"
#include "kernel/monitor/events.hpp"
#include "net/log.hpp"
#include "net/slice_budget.hpp"

namespace pipit::kernel {

namespace {

constexpr auto kAuditSlice = std::chrono::milliseconds(1);
constexpr auto kLogGap = std::chrono::seconds(10);  // what is found in between is added up
constexpr std::size_t kStep = 64;                   // entries between two looks at the clock

bool same(const RouteBody& normal, const RouteBody& told) {
  return normal == told || normal == normal_form(told);
}

}  // namespace

void FibWriter::Audit::begin(const RouteView& view) {
  view_ = &view;
  next_entry_ = 0;
  position_ = 0;
  go_on();
}

void FibWriter::Audit::go_on() {
  if (view_ != nullptr && !writer_.unheard) {
    writer_.loop.schedule(*this);
  }
}

bool FibWriter::Audit::run() {
  const net::SliceBudget budget(writer_.loop, kAuditSlice);
  // With answers that the monitor was not heard about, the books are newer than the view.
  while (view_ != nullptr && !writer_.unheard) {
    if (!step()) {
      finish();
      return false;
    }
    if (budget.spent()) {
      return true;
    }
  }
  return false;
}

/// False when everything has been compared.
bool FibWriter::Audit::step() {
  const FibId end = writer_.table.capacity();
  for (std::size_t count = 0; count < kStep && next_entry_ < end; ++count) {
    check_entry(next_entry_++);
  }
  return next_entry_ < end ||
         view_->walk_routes(
             position_, kStep,
             [this](const RouteKey& key, const RouteBody& body) { check_route(key, body); });
}

/// A route that the writer believes in must be in the view.
void FibWriter::Audit::check_entry(FibId id) {
  const FibEntry& entry = writer_.table[id];
  if (entry.in_flight) {
    check_on_its_way(id);
    return;
  }
  if (!entry.used || entry.actual == kNoBody || entry.uncertain) {
    return;
  }
  const Route route{writer_.table.key(id, entry.actual), writer_.table.body(entry.actual).route};
  if (!is_there(route)) {
    writer_.forget_kernel_route(route, kSeenInDump, nullptr);
  }
}

/// Its request may have been carried out before the last look at the kernel, and undone by others.
void FibWriter::Audit::check_on_its_way(FibId id) {
  const FibEntry& entry = writer_.table[id];
  if (entry.wanted == kNoBody) {
    return;
  }
  const RouteKey key = writer_.table.key(id, entry.wanted);
  bool there = false;
  view_->for_prefix(key.table, key.prefix, [&](const RouteKey& at, const RouteBody& body) {
    there = there || (at == key && same(writer_.table.body(entry.wanted).route, body));
  });
  if (!there) {
    writer_.disturb(key);
    writer_.table.set_uncertain(id, true);
  }
}

/// True when the view has this route, or another of ours in its place: that is for check_route().
bool FibWriter::Audit::is_there(const Route& ours) const {
  bool there = false;
  view_->for_prefix(ours.key.table, ours.key.prefix,
                    [&](const RouteKey& at, const RouteBody& body) {
                      const auto accounts_for = [&](const Route& route) {
                        return writer_.is_ours(route) || has_legs_of(ours, route);
                      };
                      there = there || (at == ours.key && accounts_for({at, body}));
                    });
  return there;
}

/// A route of ours in the view must be one that the writer believes in.
void FibWriter::Audit::check_route(const RouteKey& key, const RouteBody& body) {
  const Route route{key, body};
  if (!writer_.is_ours(route) || writer_.strays.find(key) != nullptr) {
    return;
  }
  const FibId id = writer_.table.find(key.prefix);
  if (id != kNoFibId) {
    const FibEntry& entry = writer_.table[id];
    const bool known = writer_.stands_at(id, key) &&
                       (entry.uncertain || same(writer_.table.body(entry.actual).route, body));
    if (known || entry.in_flight) {
      return;
    }
  }
  if (!is_leaving(key)) {
    writer_.learn_kernel_route(route, kSeenInDump);
  }
}

bool FibWriter::Audit::is_leaving(const RouteKey& key) const {
  return std::any_of(writer_.sent.begin(), writer_.sent.end(),
                     [&](const Impl::Sent& item) { return item.stray == key; });
}

void FibWriter::Audit::finish() {
  view_ = nullptr;
  writer_.end_comparison();
}

void FibWriter::Impl::end_comparison() {
  confirmed = true;
  counters.audits += std::exchange(auditing, false) ? 1 : 0;
  const FibCounters& now = counters;
  FibCounters& then = counters_logged;
  const bool found = now.missing != then.missing || now.different != then.different ||
                     now.leftover != then.leftover;
  if (found && (!found_logged || loop.now() - *found_logged >= kLogGap)) {
    net::log(net::LogPart::Kernel, net::LogLevel::Warning,
             "compared with the kernel: {} routes missing, {} different, {} left over; repaired",
             now.missing - then.missing, now.different - then.different,
             now.leftover - then.leftover);
    then = now;
    found_logged = loop.now();
  }
}

}  // namespace pipit::kernel
