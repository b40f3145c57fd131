#include "kernel/monitor/monitor.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "kernel/monitor/monitor_impl.hpp"
#include "net/log.hpp"

namespace pipit::kernel {

namespace {

constexpr auto kReadSlice =
    std::chrono::microseconds(500);  // of reading: the listener's work on top

}  // namespace

Monitor::Impl::Impl(KernelAccess& kernel,
                    net::Loop& timing,
                    KernelEvents& listener,
                    MonitorOptions o)
    : access(kernel),
      loop(timing),
      events(listener),
      options(std::move(o)),
      pause(access.make_timer([this] {
        paused = false;
        wake();
      })),
      routes(timing.random_seed()) {}

Monitor::Impl::~Impl() {
  loop.cancel(*this);
}

std::expected<void, std::string> Monitor::Impl::open() {
  auto opened = access.open_monitor(options.receive_buffer, [this] { wake(); });
  if (!opened) {
    return std::unexpected(opened.error());
  }
  socket = std::move(*opened);
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
  const net::SliceBudget budget(loop, kReadSlice);
  const Reading reading = read_slice(budget);
  bool more = reading == Reading::More;
  if (socket && reading == Reading::Done) {
    events.on_caught_up();
    more = job && job_ended && finish_dump(budget);
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
  if (socket && !more) {
    socket->arm();
  }
  return more;
}

Monitor::Impl::Reading Monitor::Impl::read_slice(const net::SliceBudget& budget) {
  while (true) {
    while (!unread.empty()) {
      const net::ByteView datagram = unread.front();
      unread = unread.subspan(1);
      on_datagram(datagram);
      if (budget.spent()) {
        return Reading::More;
      }
    }
    const auto received = socket->receive();
    unread = received ? socket->datagrams() : std::span<const net::ByteView>();
    if (!received) {
      return Reading::Waiting;
    }
    switch (*received) {
      case MonitorSocket::Received::Data:
        break;
      case MonitorSocket::Received::Lost:
        on_loss();
        break;
      case MonitorSocket::Received::Empty:
        on_empty();
        return Reading::Done;
      case MonitorSocket::Received::Failed:
        fail(fmt::format("cannot read from netlink: {}", std::strerror(socket->error())));
        return Reading::Done;
    }
    if (budget.spent()) {
      return Reading::More;
    }
  }
}

/// The kernel queues the next part of a dump as one is read: none there means that the answer was
/// lost, or that there will be none.
void Monitor::Impl::on_empty() {
  if (!job || job_ended) {
    return;
  }
  job_ended = true;
  job_error = socket->error();
  job_interrupted = job_interrupted || job_error == 0;
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
  events.on_overrun();
}

void Monitor::Impl::fail(const std::string& reason) {
  unread = {};
  socket.reset();
  events.on_failed(reason);
}

Monitor::Monitor(KernelAccess& kernel,
                 net::Loop& loop,
                 KernelEvents& events,
                 MonitorOptions options)
    : impl_(std::make_unique<Impl>(kernel, loop, events, std::move(options))) {}

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

void Monitor::look_again(const std::vector<std::uint32_t>& tables) {
  impl_->announced = false;
  impl_->plan.add_routes(net::Afi::Ipv4, tables);
  impl_->plan.add_routes(net::Afi::Ipv6, tables);
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
