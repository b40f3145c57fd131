#include "kernel/fib_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <linux/netlink.h>

#include "kernel/fib_writer_impl.hpp"

namespace pipit::kernel {

namespace {

constexpr std::uint32_t kIpv6DefaultMetric = 1024;  // what the kernel makes of metric 0
constexpr int kReceiveBuffer = 4 * 1024 * 1024;

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

FibWriter::FibWriter(boost::asio::io_context& context, net::Loop& loop, FibOptions options)
    : impl_(std::make_unique<Impl>(context, loop, options)) {}

FibWriter::~FibWriter() = default;

std::expected<void, std::string> FibWriter::start() {
  auto socket = NetlinkSocket::open({}, kReceiveBuffer);
  if (!socket) {
    return std::unexpected(socket.error());
  }
  impl_->request.emplace(std::move(*socket));
  return {};
}

const FibOptions& FibWriter::options() const {
  return impl_->options;
}

void FibWriter::set(const FibRoute& route) {
  Impl& my = *impl_;
  RouteBody body{.type = route.type,
                 .protocol = my.options.protocol,
                 .preferred_source = route.preferred_source,
                 .hops = route.hops};
  body = normal_form(std::move(body));
  if (body.hops.size() > kMaxFibHops) {
    body.hops.resize(kMaxFibHops);
  }
  const FibId id = my.table.find_or_add(route.prefix);
  my.table.set_wanted(id, &body);
  FibEntry& entry = my.table[id];
  if (entry.stale && entry.wanted == entry.actual) {
    ++my.counters.adopted;
    entry.stale = false;
  }
  my.troubles.forget(id);
  my.consider(id);
}

void FibWriter::remove(const net::Prefix& prefix) {
  const FibId id = impl_->table.find(prefix);
  if (id == kNoFibId || impl_->table[id].wanted == kNoBody) {
    return;
  }
  impl_->table.set_wanted(id, nullptr);
  impl_->troubles.forget(id);
  impl_->consider(id);
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
  my.reconciled = true;
  for (FibId id = 0; id < my.table.capacity(); ++id) {
    if (my.table[id].used && my.table[id].stale) {
      my.table[id].stale = false;
      my.consider(id);
    }
  }
  my.wake();
}

void FibWriter::retry_now() {
  impl_->retry_all();
}

void FibWriter::on_synchronized() {
  impl_->synchronized = true;
  impl_->wake();
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

bool FibWriter::flush() {
  return impl_->flush();
}

bool FibWriter::idle() const {
  return impl_->queue.empty() && impl_->strays_idle();
}

std::size_t FibWriter::memory() const {
  return impl_->table.memory() + net::footprint(impl_->queue) + net::reserved(impl_->sent) +
         net::footprint(impl_->occupied) + net::footprint(impl_->repairs) +
         net::tree_footprint(impl_->strays);
}

std::size_t FibWriter::size() const {
  return impl_->table.wanted();
}

std::size_t FibWriter::installed() const {
  return impl_->table.installed();
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
      const RouteBody& body = impl_->table.body(entry.wanted);
      visit({entry.prefix, body.type, body.hops, body.preferred_source}, impl_->status(id));
    }
  }
}

RouteKey FibWriter::Impl::key_of(const net::Prefix& prefix) const {
  return {.prefix = prefix, .table = options.table, .metric = options.metric};
}

bool FibWriter::Impl::is_our_key(const RouteKey& key) const {
  const bool defaulted = options.metric == 0 && key.prefix.address().is_v6();
  return key.table == options.table && key.tos == 0 &&
         key.metric == (defaulted ? kIpv6DefaultMetric : options.metric);
}

FibStatus FibWriter::Impl::status(FibId id) const {
  if (const Trouble* trouble = troubles.find(id)) {
    return {FibState::Failed, trouble->text};
  }
  const FibEntry& entry = table[id];
  return {entry.wanted == entry.actual ? FibState::Installed : FibState::Pending, {}};
}

/// A route that appeared in the kernel.
void FibWriter::Impl::learn_kernel_route(const Route& route, std::uint32_t origin) {
  if (route.key.table != options.table) {
    return;
  }
  const bool ours = route.body.protocol == options.protocol;
  if (!is_our_key(route.key)) {
    if (ours && strays.insert(route.key).second) {
      wake();
    }
    return;
  }
  if (!ours) {
    ++occupied[route.key.prefix];
    return;
  }
  if (is_echo(origin)) {
    return;  // the echo of what the answer has told already
  }
  const FibId id = table.find_or_add(route.key.prefix);
  const BodyId before = table[id].actual;
  const RouteBody body = normal_form(route.body);
  table.set_actual(id, &body);
  FibEntry& entry = table[id];
  if (entry.wanted == kNoBody) {
    entry.stale = entry.stale || !reconciled;
  } else if (entry.wanted != entry.actual && before == entry.wanted) {
    repair(id);
    return;
  }
  consider(id);
}

/// A route that went from the kernel, or gave its place to another one.
void FibWriter::Impl::forget_kernel_route(const Route& route,
                                          std::uint32_t origin,
                                          const Route* successor) {
  if (route.key.table != options.table) {
    return;
  }
  const bool ours = route.body.protocol == options.protocol;
  if (!is_our_key(route.key)) {
    if (ours) {
      strays.erase(route.key);
    }
    return;
  }
  const FibId id = table.find(route.key.prefix);
  if (!ours) {
    const auto found = occupied.find(route.key.prefix);
    if (found != occupied.end() && --found->second == 0) {
      occupied.erase(found);
      if (id != kNoFibId) {
        troubles.forget(id);
        consider(id);
      }
    }
    return;
  }
  const bool replaced_by_ours =
      successor != nullptr && successor->body.protocol == options.protocol;
  if (is_echo(origin) || id == kNoFibId || replaced_by_ours) {
    return;
  }
  const bool was_right = table[id].actual == table[id].wanted;
  table.set_actual(id, nullptr);
  if (table[id].wanted != kNoBody && was_right) {
    repair(id);
  } else {
    consider(id);
  }
}

}  // namespace pipit::kernel
