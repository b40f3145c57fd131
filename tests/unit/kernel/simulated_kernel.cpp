#include "tests/unit/kernel/simulated_kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include <linux/rtnetlink.h>

#include "kernel/netlink/route_message.hpp"
#include "tests/unit/kernel/simulated_socket.hpp"

namespace pipit::kernel::test {

namespace {

using std::chrono::microseconds;

constexpr std::uint32_t kSenderPort = 1001;
constexpr microseconds kLatency{400};

}  // namespace

class SimulatedKernel::Sender final : public FibSender {
 public:
  Sender(SimulatedKernel& kernel, std::function<void()> on_answered)
      : kernel_(kernel), on_answered_(std::move(on_answered)) {}

  ~Sender() override { ++*batch_; }

  std::uint32_t port() const override { return kSenderPort; }

  bool busy() const override { return busy_; }

  void send() override {
    busy_ = true;
    carried_out_ = false;
    later([this] {
      carry_out();
      later([this] { on_answered_(); });
    });
  }

  int take() override {
    if (!carried_out_) {
      carry_out();
    }
    busy_ = false;
    ++*batch_;
    return error_;
  }

 private:
  void later(std::function<void()> action) {
    kernel_.after(kernel_.moment(kLatency * 4),
                  [batch = batch_, number = *batch_, action = std::move(action)] {
                    if (*batch == number) {
                      action();
                    }
                  });
  }

  void carry_out() {
    carried_out_ = true;
    error_ = kernel_.chance(kernel_.faults.batches_refused) ? ENOBUFS : 0;
    if (error_ != 0) {
      return;
    }
    MessageReader reader(request_.finish());
    while (const auto message = reader.next()) {
      kernel_.interrupt();
      const int error = carry_out(*message);
      if (error != 0 || message->type == NLMSG_NOOP) {
        request_.on_answers(end_message(NLMSG_ERROR, error, message->sequence, kSenderPort));
      }
    }
    request_.on_answers_end(kernel_.chance(kernel_.faults.answers_lost));
  }

  int carry_out(const MessageView& message) {
    if (message.type == NLMSG_NOOP) {
      return 0;
    }
    Route route;
    parse_route(with_a_type(message), {}, route);
    if (message.type == RTM_NEWROUTE) {
      return kernel_.add(route, message.flags, kSenderPort);
    }
    const Hop* leg = route.body.hops.empty() ? nullptr : route.body.hops.data();
    return kernel_.remove(route.key, route.body.protocol, leg, kSenderPort);
  }

  /// A request to delete names no type, and is no route without one.
  net::ByteView with_a_type(const MessageView& message) {
    payload_.assign(message.payload.begin(), message.payload.end());
    if (message.type == RTM_DELROUTE) {
      payload_[offsetof(rtmsg, rtm_type)] = RTN_UNICAST;
    }
    return payload_;
  }

  SimulatedKernel& kernel_;
  std::function<void()> on_answered_;
  std::shared_ptr<std::uint64_t> batch_ = std::make_shared<std::uint64_t>(0);
  net::Bytes payload_;
  bool busy_ = false;
  bool carried_out_ = false;
  int error_ = 0;
};

class SimulatedKernel::Alarm final : public Timer {
 public:
  Alarm(SimulatedKernel& kernel, std::function<void()> on_expiry)
      : kernel_(kernel), loop_(kernel.loop_), on_expiry_(std::move(on_expiry)) {}

  ~Alarm() override { forget(); }

  void arm(std::chrono::milliseconds delay) override {
    forget();
    event_ = loop_.after(delay, [this] {
      event_.reset();
      kernel_.on_timer();
      on_expiry_();
    });
  }

  void cancel() override { forget(); }

 private:
  void forget() {
    if (event_) {
      loop_.forget(*std::exchange(event_, std::nullopt));
    }
  }

  SimulatedKernel& kernel_;
  sim::VirtualLoop& loop_;
  std::function<void()> on_expiry_;
  std::optional<sim::VirtualLoop::EventId> event_;
};

SimulatedKernel::SimulatedKernel(sim::VirtualLoop& loop, std::uint32_t seed)
    : loop_(loop), random_(seed) {
  links_[1] = {"lo", true};
}

SimulatedKernel::~SimulatedKernel() = default;

std::expected<std::unique_ptr<MonitorSocket>, std::string> SimulatedKernel::open_monitor(
    int /*receive_buffer*/, std::function<void()> on_readable) {
  return std::make_unique<SimulatedSocket>(*this, std::move(on_readable));
}

std::expected<std::unique_ptr<FibSender>, std::string> SimulatedKernel::open_sender(
    std::function<void()> on_answered) {
  return std::make_unique<Sender>(*this, std::move(on_answered));
}

std::unique_ptr<Timer> SimulatedKernel::make_timer(std::function<void()> on_expiry) {
  return std::make_unique<Alarm>(*this, std::move(on_expiry));
}

bool SimulatedKernel::heard() const {
  return socket_ == nullptr || socket_->heard();
}

void SimulatedKernel::interrupt() {
  if (!interrupted_ && chance(faults.others)) {
    interrupted_ = true;
    others();
    interrupted_ = false;
  }
}

bool SimulatedKernel::usable(const RouteBody& body) const {
  return std::all_of(body.hops.begin(), body.hops.end(), [&](const Hop& hop) {
    const auto link = links_.find(hop.interface_index);
    return link != links_.end() && link->second.up;
  });
}

int SimulatedKernel::add(const Route& route, std::uint16_t flags, std::uint32_t port) {
  if (!usable(route.body)) {
    return ENETDOWN;
  }
  const auto found = routes_.find(route.key);
  if (found == routes_.end()) {
    if ((flags & NLM_F_CREATE) == 0) {
      return ENOENT;
    }
    routes_[route.key] = route.body;
    on_route(route, true);
    tell_route(route, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, port);
    return 0;
  }
  if ((flags & NLM_F_EXCL) != 0 || (flags & NLM_F_REPLACE) == 0) {
    return EEXIST;
  }
  if (found->second == route.body && route.key.prefix.address().is_v4()) {
    return 0;  // nothing to tell
  }
  found->second = route.body;
  on_route(route, true);
  tell_route(route, RTM_NEWROUTE, NLM_F_REPLACE, port);
  return 0;
}

int SimulatedKernel::remove(const RouteKey& key,
                            std::uint8_t protocol,
                            const Hop* leg,
                            std::uint32_t port) {
  const auto found = routes_.find(key);
  if (found == routes_.end() || (protocol != 0 && found->second.protocol != protocol)) {
    return ESRCH;
  }
  Route gone{key, found->second};
  if (leg != nullptr && gone.body.hops.size() > 1) {
    if (std::erase(found->second.hops, *leg) == 0) {
      return ESRCH;
    }
    gone.body.hops = {*leg};
  } else {
    routes_.erase(found);
  }
  on_route(gone, false);
  tell_route(gone, RTM_DELROUTE, 0, port);
  return 0;
}

std::uint32_t SimulatedKernel::add_link(const std::string& name) {
  const std::uint32_t index = next_link_++;
  links_[index] = {name, true};
  tell_link(index, RTM_NEWLINK);
  return index;
}

void SimulatedKernel::add_address(const InterfaceAddress& address) {
  addresses_.insert(address);
  tell_address(address, RTM_NEWADDR);
}

void SimulatedKernel::remove_address(const InterfaceAddress& address) {
  if (addresses_.erase(address) != 0) {
    tell_address(address, RTM_DELADDR);
  }
}

void SimulatedKernel::tell_address(const InterfaceAddress& address, std::uint16_t type) {
  if (socket_ != nullptr) {
    socket_->tell(address_message(address, type, 0, 0), std::nullopt);
  }
}

void SimulatedKernel::set_link(std::uint32_t index, bool up) {
  links_.at(index).up = up;
  tell_link(index, RTM_NEWLINK);
  if (!up) {
    drop_routes_of(index, false);
  }
}

void SimulatedKernel::remove_link(std::uint32_t index) {
  links_.at(index).up = false;
  drop_routes_of(index, true);
  tell_link(index, RTM_DELLINK);
  links_.erase(index);
}

/// A route goes when its last leg does; IPv4 does not say so. Of an interface that goes for good
/// IPv6 takes the whole route along.
void SimulatedKernel::drop_routes_of(std::uint32_t index, bool for_good) {
  for (auto at = routes_.begin(); at != routes_.end();) {
    const bool v6 = at->first.prefix.address().is_v6();
    const bool dead =
        (v6 && for_good) ||
        std::none_of(at->second.hops.begin(), at->second.hops.end(), [&](const Hop& hop) {
          return links_.contains(hop.interface_index) && links_.at(hop.interface_index).up;
        });
    if (!leads_over(at->second, index) || !dead) {
      ++at;
      continue;
    }
    const Route gone{at->first, at->second};
    at = routes_.erase(at);
    on_route(gone, false);
    if (v6) {
      tell_route(gone, RTM_DELROUTE, 0, 0);
    }
  }
}

void SimulatedKernel::tell_route(const Route& route,
                                 std::uint16_t type,
                                 std::uint16_t flags,
                                 std::uint32_t port) {
  if (socket_ != nullptr) {
    socket_->tell(route_message(route, type, flags, 0, port), route.key.prefix);
  }
}

void SimulatedKernel::tell_link(std::uint32_t index, std::uint16_t type) {
  if (socket_ != nullptr) {
    socket_->tell(link_message(index, links_.at(index), type, 0, 0), std::nullopt);
  }
}

}  // namespace pipit::kernel::test
