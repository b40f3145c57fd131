#include "kernel/fib/fib_writer.hpp"

#include <algorithm>
#include <utility>

#include "kernel/fib/fib_writer_impl.hpp"
#include "net/log.hpp"

namespace pipit::kernel {

namespace {

constexpr std::uint32_t kIpv6DefaultMetric = 1024;  // what the kernel makes of metric 0

std::uint32_t kernel_metric(const FibRoute& route) {
  return route.metric == 0 && route.prefix.address().is_v6() ? kIpv6DefaultMetric : route.metric;
}

}  // namespace

std::string_view to_string(FibState state) {
  switch (state) {
    case FibState::Installed:
      return "installed";
    case FibState::Pending:
      return "pending";
    case FibState::Failed:
      return "failed";
  }
  return "";
}

FibWriter::FibWriter(KernelAccess& kernel, net::Loop& loop, Ownership ownership)
    : impl_(std::make_unique<Impl>(kernel, loop, std::move(ownership))) {}

FibWriter::~FibWriter() = default;

std::expected<void, std::string> FibWriter::start() {
  Impl& my = *impl_;
  auto sender = my.access.open_sender([&my] {
    my.on_answered();
    if (my.run()) {
      my.wake();
    }
  });
  if (!sender) {
    return std::unexpected(sender.error());
  }
  my.sender = std::move(*sender);
  return {};
}

const Ownership& FibWriter::ownership() const {
  return impl_->ownership;
}

void FibWriter::set_ownership(Ownership ownership) {
  Impl& my = *impl_;
  const FamilySet& families = ownership.families;
  if (families != my.ownership.families &&
      !my.flush([&](const net::Prefix& prefix) { return !families.has(prefix.afi()); })) {
    net::log(net::LogPart::Kernel, net::LogLevel::Error,
             "some of our routes of a family that is not written any more could not be removed");
  }
  my.ownership = std::move(ownership);
  my.occupied.clear();
  my.synchronized = false;
  my.reconciled = false;
}

std::set<FibPlace> FibWriter::used_places() const {
  std::set<FibPlace> places;
  const auto note = [&](const auto& at) { places.insert({at.table, at.metric}); };
  impl_->table.for_each_body(note);
  impl_->strays.for_each(note);
  for (const Impl::Sent& item : impl_->sent) {
    if (item.body == kNoBody) {
      note(item.stray);  // requests to delete it are on their way
    }
  }
  return places;
}

void FibWriter::set(const FibRoute& route) {
  Impl& my = *impl_;
  FibBody body{.route = normal_form({.type = route.type,
                                     .protocol = my.ownership.protocol,
                                     .preferred_source = route.preferred_source,
                                     .hops = route.hops}),
               .table = route.table,
               .metric = kernel_metric(route)};
  if (body.route.hops.size() > kMaxFibHops) {
    body.route.hops.resize(kMaxFibHops);
  }
  my.want(my.table.find_or_add(route.prefix), &body);
}

void FibWriter::remove(const net::Prefix& prefix) {
  const FibId id = impl_->table.find(prefix);
  if (id == kNoFibId || impl_->table[id].wanted == kNoBody) {
    return;
  }
  impl_->want(id, nullptr);
}

void FibWriter::replace_stale() {
  Impl& my = *impl_;
  if (std::exchange(my.replacing, true)) {
    return;
  }
  for (FibId id = 0; id < my.table.capacity(); ++id) {
    if (my.table[id].used && my.table[id].stale && my.table[id].wanted != kNoBody) {
      my.consider(id);
    }
  }
}

void FibWriter::reconcile() {
  Impl& my = *impl_;
  my.replacing = true;
  const bool again = std::exchange(my.reconciled, true);  // nothing has become stale since
  for (FibId id = 0; !again && id < my.table.capacity(); ++id) {
    if (my.table[id].used && my.table[id].stale) {
      my.table[id].stale = false;
      my.consider(id);
    }
  }
  my.strays.release_if([&](const net::Prefix& prefix) { return my.strays_may_go(prefix); });
  my.wake();
}

void FibWriter::retry_now() {
  impl_->retry_all_after_batch = impl_->in_flight();
  impl_->retry_all();
}

void FibWriter::on_synchronized(const RouteView* view) {
  impl_->synchronized = true;
  if (view != nullptr && (!impl_->confirmed || impl_->auditing)) {
    impl_->comparison.begin(*view);
  }
  impl_->wake();
}

void FibWriter::on_overrun() {
  impl_->confirmed = false;
  impl_->comparison.stop();
}

void FibWriter::audit() {
  impl_->auditing = true;
  impl_->comparison.stop();
}

bool FibWriter::auditing() const {
  return impl_->auditing;
}

bool FibWriter::confirmed() const {
  return impl_->confirmed;
}

void FibWriter::on_route_changed(const Route* before, const Route& after, std::uint32_t origin) {
  if (before != nullptr) {
    impl_->forget_kernel_route(*before, origin, &after);
  }
  impl_->learn_kernel_route(after, origin);
}

void FibWriter::on_route_removed(const Route& route, std::uint32_t origin) {
  impl_->forget_kernel_route(route, origin, nullptr);
}

void FibWriter::on_caught_up() {
  impl_->outrun = impl_->in_flight();
  impl_->unheard = false;
  impl_->comparison.go_on();
}

bool FibWriter::flush() {
  return impl_->flush([](const net::Prefix&) { return true; });
}

bool FibWriter::idle() const {
  return !impl_->has_work() && !impl_->in_flight();
}

std::size_t FibWriter::memory() const {
  return impl_->table.memory() + net::footprint(impl_->queue) + net::reserved(impl_->sent) +
         net::footprint(impl_->occupied) + net::footprint(impl_->disturbed) +
         net::footprint(impl_->repairs) + impl_->strays.memory();
}

std::size_t FibWriter::size() const {
  return impl_->table.wanted();
}

std::size_t FibWriter::installed() const {
  return impl_->confirmed ? impl_->table.installed() : 0;
}

std::size_t FibWriter::failed() const {
  return impl_->troubles.size();
}

const FibCounters& FibWriter::counters() const {
  return impl_->counters;
}

std::optional<FibStatus> FibWriter::status(const net::Prefix& prefix) const {
  const FibId id = impl_->table.find(prefix);
  if (id == kNoFibId || impl_->table[id].wanted == kNoBody) {
    return std::nullopt;
  }
  return impl_->status(id);
}

void FibWriter::for_each(
    const std::function<void(const FibRoute&, const FibStatus&)>& visit) const {
  for (FibId id = 0; id < impl_->table.capacity(); ++id) {
    const FibEntry& entry = impl_->table[id];
    if (entry.used && entry.wanted != kNoBody) {
      const FibBody& body = impl_->table.body(entry.wanted);
      visit({entry.prefix, body.route.type, body.route.hops, body.route.preferred_source,
             body.table, body.metric},
            impl_->status(id));
    }
  }
}

FibStatus FibWriter::Impl::status(FibId id) const {
  if (const Trouble* trouble = troubles.find(id)) {
    return {FibState::Failed, trouble->text};
  }
  const bool installed = confirmed && table.is_installed(id);
  return {installed ? FibState::Installed : FibState::Pending, {}};
}

void FibWriter::Impl::want(FibId id, const FibBody* body) {
  FibEntry& entry = table[id];
  std::optional<RouteKey> doubtful;
  if (entry.uncertain) {
    const FibBodyId about = entry.wanted != kNoBody ? entry.wanted : entry.actual;
    if (about != kNoBody) {
      doubtful = table.key(id, about);
    }
    table.set_uncertain(id, false);
  }
  table.set_wanted(id, body);
  if (doubtful) {
    doubt(*doubtful);  // about another place than the next request will be, it is a stray
  }
  take_stray(id);
  if (body == nullptr && !entry.stale) {
    strays.release(entry.prefix);
  }
  if (body != nullptr && entry.stale && entry.wanted == entry.actual) {
    ++counters.adopted;
    entry.stale = false;
  }
  troubles.forget(id);
  consider(id);
}

/// What stands where the entry is wanted becomes its actual route, and that one a stray.
void FibWriter::Impl::take_stray(FibId id) {
  FibEntry& entry = table[id];
  if (strays.empty() || entry.wanted == kNoBody ||
      (entry.actual != kNoBody && table.same_place(entry.actual, entry.wanted))) {
    return;
  }
  const RouteKey key = table.key(id, entry.wanted);
  const std::optional<RouteBody>* stray = strays.find(key);
  if (stray == nullptr) {
    return;
  }
  if (!*stray) {
    table.set_uncertain(id, true);
  } else {
    if (entry.actual != kNoBody) {
      strays.add(table.key(id, entry.actual), table.body(entry.actual).route, entry.found);
    }
    const FibBody there{.route = **stray, .table = key.table, .metric = key.metric};
    table.set_actual(id, &there);
    entry.found = strays.is_found(key);
  }
  strays.erase(key);
}

bool FibWriter::Impl::strays_may_go(const net::Prefix& prefix) const {
  const FibId id = table.find(prefix);
  if (id == kNoFibId || table[id].wanted == kNoBody) {
    return reconciled;
  }
  return table[id].wanted == table[id].actual && !table[id].uncertain && !table[id].in_flight;
}

}  // namespace pipit::kernel
