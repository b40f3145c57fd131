#include "kernel/monitor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "kernel/monitor_impl.hpp"
#include "net/log.hpp"

namespace pipit::kernel {

namespace {

constexpr auto kSlice = std::chrono::milliseconds(1);  // of reading: the listener's work on top
constexpr std::size_t kSweepStep = 4096;  // entries looked at between two looks at the clock
constexpr unsigned kMaxInterrupted = 5;   // dumps in a row before a pause
constexpr auto kPause = std::chrono::seconds(1);
constexpr std::size_t kMaxInterfaceDumps = 8;  // beyond that one full dump is cheaper
constexpr std::size_t kRequestSize = 256;

}  // namespace

Monitor::Impl::Impl(boost::asio::io_context& io,
                    net::Loop& timing,
                    KernelEvents& listener,
                    MonitorOptions o)
    : context(io), loop(timing), events(listener), options(std::move(o)), pause(io, [this] {
        paused = false;
        wake();
      }) {}

Monitor::Impl::~Impl() {
  loop.cancel(*this);
}

std::expected<void, std::string> Monitor::Impl::open() {
  constexpr std::array<unsigned, 6> kGroups{RTNLGRP_LINK,        RTNLGRP_IPV4_IFADDR,
                                            RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
                                            RTNLGRP_IPV6_ROUTE,  RTNLGRP_NEXTHOP};
  auto opened = NetlinkSocket::open(kGroups, options.receive_buffer);
  if (!opened) {
    return std::unexpected(opened.error());
  }
  socket.emplace(std::move(*opened));
  watch.emplace(context, socket->descriptor(), [this] { wake(); });
  plan.add_all(options.tables);
  wake();
  return {};
}

void Monitor::Impl::wake() {
  loop.schedule(*this);
}

bool Monitor::Impl::synchronized_now() const {
  return socket && !job && plan.empty() && !doubtful_routes;
}

bool Monitor::Impl::run() {
  if (!socket) {
    return false;
  }
  const net::TimePoint end = loop.now() + kSlice;
  bool more = read_slice(end);
  if (socket && !more) {
    more = job && job_ended && finish_dump(end);
    plan_what_is_doubtful();
    begin_dump();
  }
  if (changed) {
    changed = false;
    events.on_settled();
  }
  if (synchronized_now() && !more && !announced) {
    announced = true;
    events.on_synchronized();
  }
  if (watch && !more) {
    watch->arm();
  }
  return more;
}

/// Reads until nothing is left (false) or the time is up (true).
bool Monitor::Impl::read_slice(net::TimePoint end) {
  while (true) {
    while (!unread.empty()) {
      const net::ByteView datagram = unread.front();
      unread = unread.subspan(1);
      on_datagram(datagram);
      if (loop.now() >= end) {
        return true;
      }
    }
    switch (socket->receive()) {
      case NetlinkSocket::Received::Data:
        unread = socket->datagrams();
        break;
      case NetlinkSocket::Received::Lost:
        on_loss();
        break;
      case NetlinkSocket::Received::Empty:
        if (job && !job_ended) {
          // The kernel queues the next part of a dump as one is read: none there means that the
          // answer was lost.
          job_ended = true;
          job_interrupted = true;
        }
        return false;
      case NetlinkSocket::Received::Failed:
        fail(fmt::format("cannot read from netlink: {}", std::strerror(errno)));
        return false;
    }
    if (loop.now() >= end) {
      return true;
    }
  }
}

void Monitor::Impl::on_loss() {
  ++counters.losses;
  if (announced) {
    net::log(net::LogPart::Kernel, net::LogLevel::Warning,
             "notifications were lost (ENOBUFS), reading everything again");
  }
  announced = false;
  job_interrupted = true;
  plan.add_all(options.tables);
}

void Monitor::Impl::plan_what_is_doubtful() {
  const bool many = doubtful_links.size() > kMaxInterfaceDumps;
  for (const std::uint32_t index : doubtful_links) {
    if (routes.using_interface(index) == 0 && routes.impaired() == 0) {
      continue;
    }
    for (const net::Afi afi : {net::Afi::Ipv4, net::Afi::Ipv6}) {
      // A dump for an interface that is gone is an error, but multipath routes can outlive it.
      if (many || !links.contains(index)) {
        plan.add_routes(afi, options.tables);
      } else {
        plan.add({DumpKind::Routes, {.afi = afi, .interface_index = index}});
      }
    }
  }
  doubtful_links.clear();
  for (const net::IpAddress& source : doubtful_sources) {
    if (routes.using_source(source) != 0) {
      plan.add_routes(source.afi(), options.tables);
    }
  }
  doubtful_sources.clear();
  if (doubtful_routes && !paused) {
    if (loop.now() < doubt_not_before) {
      paused = true;
      pause.arm(kPause);
    } else {
      doubtful_routes = false;
      doubt_not_before = loop.now() + kPause;
      plan.add_routes(net::Afi::Ipv4, options.tables);
      plan.add_routes(net::Afi::Ipv6, options.tables);
    }
  }
  announced = announced && plan.empty() && !doubtful_routes;
}

void Monitor::Impl::begin_dump() {
  if (job || paused || plan.empty()) {
    return;
  }
  if (plan.front().kind == DumpKind::Routes && !std::exchange(barrier_passed, true)) {
    // Its answer is read before the dump begins: for a dump there must be room in the socket.
    MessageBatch barrier(kRequestSize);
    put_barrier(barrier, ++sequence);
    socket->send(barrier.octets());
    wake();
    return;
  }
  barrier_passed = false;
  job = plan.take();
  job_ended = false;
  job_interrupted = false;
  job_error = 0;
  ++generation;
  sweep_position = 0;
  links_seen.clear();
  addresses_seen.clear();
  deleted_in_dump.clear();
  MessageBatch request(kRequestSize);
  put_dump(request, *job, ++sequence);
  job_error = socket->send(request.octets());
  if (job_error != 0) {
    job_ended = true;
    wake();
  }
}

/// Removes what the dump that has ended did not confirm. True when more of that remains to be done.
bool Monitor::Impl::finish_dump(net::TimePoint end) {
  // A table that nobody made is empty; without its interface a dump says nothing.
  if (job_error == ENODEV) {
    plan.add_routes(job->scope.afi, options.tables);
    end_job();
    return false;
  }
  // Notifications that came in between may have left no room for it.
  job_interrupted = job_interrupted || job_error == ENOBUFS;
  if (job_error != 0 && job_error != ENOENT && job_error != ENOBUFS) {
    plan.add(*job);
    rest(std::strerror(job_error));
    end_job();
    return false;
  }
  if (job_interrupted) {
    ++counters.interrupted;
    plan.add(*job);
    if (++interrupted_in_row > kMaxInterrupted) {
      rest("the tables change all the time");
    }
    end_job();
    return false;
  }
  switch (job->kind) {
    case DumpKind::Links:
      sweep_links();
      break;
    case DumpKind::Addresses:
      sweep_addresses();
      break;
    case DumpKind::Routes:
      while (routes.sweep(job->scope, generation, sweep_position, kSweepStep, [&](const Route& r) {
        changed = true;
        events.on_route_removed(r, 0);
      })) {
        if (loop.now() >= end) {
          return true;
        }
      }
      break;
  }
  interrupted_in_row = 0;
  ++counters.dumps;
  end_job();
  return false;
}

void Monitor::Impl::end_job() {
  job.reset();
  deleted_in_dump.clear();
}

void Monitor::Impl::rest(const char* why) {
  net::log(net::LogPart::Kernel, net::LogLevel::Warning,
           "dump did not succeed ({}), trying again in a second", why);
  interrupted_in_row = 0;
  paused = true;
  pause.arm(kPause);
}

void Monitor::Impl::sweep_links() {
  std::vector<std::uint32_t> gone;
  for (const auto& [index, link] : links) {
    if (!links_seen.contains(index)) {
      gone.push_back(index);
    }
  }
  for (const std::uint32_t index : gone) {
    remove_link(index);
  }
}

void Monitor::Impl::sweep_addresses() {
  std::vector<InterfaceAddress> gone;
  std::set_difference(addresses.begin(), addresses.end(), addresses_seen.begin(),
                      addresses_seen.end(), std::back_inserter(gone));
  for (const InterfaceAddress& address : gone) {
    remove_address(address);
  }
}

void Monitor::Impl::fail(const std::string& reason) {
  watch.reset();
  unread = {};
  socket.reset();
  events.on_failed(reason);
}

void Monitor::Impl::forget_table(std::uint32_t table) {
  for (const net::Afi afi : {net::Afi::Ipv4, net::Afi::Ipv6}) {
    std::size_t position = 0;
    while (routes.sweep({.afi = afi, .table = table}, UINT32_MAX, position, kSweepStep,
                        [&](const Route& route) {
                          changed = true;
                          events.on_route_removed(route, 0);
                        })) {
    }
  }
}

Monitor::Monitor(boost::asio::io_context& context,
                 net::Loop& loop,
                 KernelEvents& events,
                 MonitorOptions options)
    : impl_(std::make_unique<Impl>(context, loop, events, std::move(options))) {}

Monitor::~Monitor() = default;

std::expected<void, std::string> Monitor::start() {
  return impl_->open();
}

void Monitor::set_tables(std::vector<std::uint32_t> tables) {
  if (tables == impl_->options.tables) {
    return;
  }
  impl_->options.tables = std::move(tables);
  if (!impl_->socket) {
    return;  // start() dumps them
  }
  const auto& wanted = impl_->options.tables;
  std::set<std::uint32_t> unwanted;
  if (!wanted.empty()) {
    impl_->routes.for_each([&](const Route& route) {
      if (std::find(wanted.begin(), wanted.end(), route.key.table) == wanted.end()) {
        unwanted.insert(route.key.table);
      }
    });
  }
  for (const std::uint32_t table : unwanted) {
    impl_->forget_table(table);
  }
  impl_->announced = false;
  impl_->job_interrupted = true;
  impl_->plan.add_routes(net::Afi::Ipv4, wanted);
  impl_->plan.add_routes(net::Afi::Ipv6, wanted);
  impl_->wake();
}

bool Monitor::synchronized() const {
  return impl_->announced;
}

const std::map<std::uint32_t, Link>& Monitor::links() const {
  return impl_->links;
}

const std::set<InterfaceAddress>& Monitor::addresses() const {
  return impl_->addresses;
}

const RouteView& Monitor::routes() const {
  return impl_->routes;
}

const MonitorCounters& Monitor::counters() const {
  return impl_->counters;
}

const Link* Monitor::find_link(std::string_view name) const {
  for (const auto& [index, link] : impl_->links) {
    if (link.name == name) {
      return &link;
    }
  }
  return nullptr;
}

}  // namespace pipit::kernel
