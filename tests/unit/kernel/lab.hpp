// A network namespace of the test's own, with the event loop and a monitor that notes what it
// tells. Needs root; without it the tests say so and pass.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel/fib/fib_writer.hpp"
#include "kernel/monitor/events.hpp"
#include "kernel/monitor/monitor.hpp"

namespace pipit::kernel::test {

/// Moves this process into a new, empty network namespace with lo up. False (with a message): not
/// allowed to.
bool enter_namespace();

/// Runs a shell command; fails the test when the command fails.
void sh(const std::string& command);
/// What a command prints.
std::string output_of(const std::string& command);
/// Runs `ip -batch` over lines written by `write(i)` for i in 0 .. count - 1.
void ip_batch(int count, const std::function<std::string(int)>& write, bool v6 = false);

inline constexpr std::uint8_t kProtocolBgp = 186;  // `proto bgp` of iproute2

struct LabOptions {
  MonitorOptions monitor;
  bool with_writer = true;
  Ownership fib{.protocol = kProtocolBgp};
};

/// Monitor and writer wired as the kernel bridge does it.
class Lab : public KernelEvents {
 public:
  explicit Lab(LabOptions options = {});
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;
  ~Lab() override;

  /// Runs the loop until the condition holds. False: not within 20 s.
  bool until(const std::function<bool()>& condition);
  /// Lets the loop do one thing, if there is one to be done.
  void step();
  /// Runs the loop until the monitor has seen everything that was done before this call.
  void settle();
  /// Exactly the routes of a table as `ip route` would list them, from the monitor's view.
  std::vector<std::string> view(std::uint32_t table = 254) const;
  bool has(const std::string& route) const;
  std::uint32_t index_of(const std::string& interface) const;
  /// The events since the last call, one line each.
  std::vector<std::string> take_events();

  void on_link_changed(const Link* before, const Link& after) override;
  void on_link_removed(const Link& link) override;
  void on_address_added(const InterfaceAddress& address) override;
  void on_address_removed(const InterfaceAddress& address) override;
  void on_route_changed(const Route* before, const Route& after, std::uint32_t origin) override;
  void on_route_removed(const Route& route, std::uint32_t origin) override;
  void on_overrun() override;
  void on_caught_up() override;
  void on_settled() override;
  void on_synchronized() override;
  void on_failed(const std::string& reason) override;

  Monitor& monitor();
  FibWriter& writer();

  int synchronized = 0;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace pipit::kernel::test
