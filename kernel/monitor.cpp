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

constexpr auto kSlice = std::chrono::microseconds(500);  // of reading: the listener's work on top

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
  const Reading reading = read_slice(end);
  bool more = reading == Reading::More;
  if (socket && reading == Reading::Done) {
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
  if (watch && !ahead && !more) {
    watch->arm();
  }
  return more;
}

Monitor::Impl::Reading Monitor::Impl::read_slice(net::TimePoint end) {
  while (true) {
    while (!unread.empty()) {
      const net::ByteView datagram = unread.front();
      unread = unread.subspan(1);
      on_datagram(datagram);
      if (loop.now() >= end) {
        return Reading::More;
      }
    }
    const auto received = receive();
    if (!received) {
      return Reading::Waiting;
    }
    switch (*received) {
      case NetlinkSocket::Received::Data:
        break;
      case NetlinkSocket::Received::Lost:
        on_loss();
        break;
      case NetlinkSocket::Received::Empty:
        if (end_read_ahead()) {
          break;
        }
        if (job && !job_ended) {
          // The kernel queues the next part of a dump as one is read: none there means that the
          // answer was lost.
          job_ended = true;
          job_interrupted = true;
        }
        return Reading::Done;
      case NetlinkSocket::Received::Failed:
        fail(fmt::format("cannot read from netlink: {}",
                         std::strerror(ahead ? ahead->error() : errno)));
        return Reading::Done;
    }
    if (loop.now() >= end) {
      return Reading::More;
    }
  }
}

/// What the socket gives, whoever reads it.
std::optional<NetlinkSocket::Received> Monitor::Impl::receive() {
  if (!ahead) {
    const NetlinkSocket::Received received = socket->receive();
    unread = socket->datagrams();
    return received;
  }
  const auto received = ahead->receive();
  unread = received ? ahead->datagrams() : std::span<const net::ByteView>();
  return received;
}

/// The thread has read all there was: from now on the loop reads again. False: it did already.
bool Monitor::Impl::end_read_ahead() {
  if (!ahead) {
    return false;
  }
  if (const int refused = ahead->error(); refused != 0) {
    job_error = refused;
    job_ended = true;
  }
  ahead.reset();
  return true;
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

void Monitor::Impl::fail(const std::string& reason) {
  watch.reset();
  ahead.reset();
  unread = {};
  socket.reset();
  events.on_failed(reason);
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
