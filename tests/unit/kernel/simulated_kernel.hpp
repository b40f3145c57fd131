// A kernel in memory, behind the seam of kernel/netlink/access.hpp: links, addresses and routes
// with the kernel's own rules, requests, dumps and notifications in netlink's octets, over a
// virtual clock.
//
// What takes a moment in the real one takes a random moment here: the test's `others` act between
// two requests of a batch, two parts of a dump and two reads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "kernel/netlink/access.hpp"
#include "kernel/netlink/interface_address.hpp"
#include "kernel/netlink/message.hpp"
#include "kernel/netlink/route.hpp"
#include "tests/sim/virtual_loop.hpp"

namespace pipit::kernel::test {

/// What goes wrong, each in so many of a thousand cases.
struct Faults {
  std::size_t queue = 100'000;   // notifications that the monitor's socket holds
  unsigned lost_in_silence = 0;  // notifications, which no real kernel does
  unsigned swapped = 0;          // with the one before, about another prefix
  unsigned batches_refused = 0;  // ENOBUFS
  unsigned answers_lost = 0;
  unsigned others = 0;  // the others act in the middle of something
};

class SimulatedSocket;

class SimulatedKernel final : public KernelAccess {
 public:
  static constexpr std::uint32_t kSomebody = 4242;  // netlink port of another program

  struct Port {
    std::string name;
    bool up = true;
  };

  SimulatedKernel(sim::VirtualLoop& loop, std::uint32_t seed);
  ~SimulatedKernel() override;

  // KernelAccess
  std::expected<std::unique_ptr<MonitorSocket>, std::string> open_monitor(
      int receive_buffer, std::function<void()> on_readable) override;
  std::expected<std::unique_ptr<FibSender>, std::string> open_sender(
      std::function<void()> on_answered) override;
  std::unique_ptr<Timer> make_timer(std::function<void()> on_expiry) override;

  /// RTM_NEWROUTE and RTM_DELROUTE; the errno value. `protocol` 0: of any. `leg`: this one alone.
  int add(const Route& route, std::uint16_t flags, std::uint32_t port);
  int remove(const RouteKey& key, std::uint8_t protocol, const Hop* leg, std::uint32_t port);

  /// Makes an interface, which is up. Returns its index.
  std::uint32_t add_link(const std::string& name);
  void set_link(std::uint32_t index, bool up);
  void remove_link(std::uint32_t index);

  void add_address(const InterfaceAddress& address);
  void remove_address(const InterfaceAddress& address);

  const std::map<std::uint32_t, Port>& links() const { return links_; }

  const std::set<InterfaceAddress>& addresses() const { return addresses_; }

  const std::map<RouteKey, RouteBody>& routes() const { return routes_; }

  /// True when the monitor has read everything.
  bool heard() const;

  /// True with this probability, in thousandths.
  bool chance(unsigned thousandths) { return random_() % 1000 < thousandths; }

  std::uint32_t random(std::uint32_t below) {
    return static_cast<std::uint32_t>(random_() % below);
  }

  /// Some time of at most that long.
  net::Duration moment(std::chrono::microseconds most) {
    return std::chrono::microseconds(random(static_cast<std::uint32_t>(most.count()) + 1));
  }

  /// Called in the middle of what the kernel does.
  void interrupt();

  void after(net::Duration delay, std::function<void()> action) {
    loop_.after(delay, std::move(action));
  }

  /// The monitor's socket; nullptr: it is gone.
  void attach(SimulatedSocket* socket) { socket_ = socket; }

  Faults faults;
  std::function<void()> others = [] {};
  /// Whoever watches: a route is there, or is there no more; a timer of the router expires.
  std::function<void(const Route&, bool there)> on_route = [](const Route&, bool) {};
  std::function<void()> on_timer = [] {};

 private:
  class Sender;
  class Alarm;

  bool usable(const RouteBody& body) const;
  void drop_routes_of(std::uint32_t index, bool for_good);
  void tell_route(const Route& route, std::uint16_t type, std::uint16_t flags, std::uint32_t port);
  void tell_address(const InterfaceAddress& address, std::uint16_t type);
  void tell_link(std::uint32_t index, std::uint16_t type);

  sim::VirtualLoop& loop_;
  std::mt19937 random_;
  std::map<std::uint32_t, Port> links_;
  std::uint32_t next_link_ = 2;
  std::set<InterfaceAddress> addresses_;
  std::map<RouteKey, RouteBody> routes_;
  SimulatedSocket* socket_ = nullptr;  // the monitor's
  bool interrupted_ = false;
};

}  // namespace pipit::kernel::test
