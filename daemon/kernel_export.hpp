// RIB -> kernel: reads the journals of the Loc-RIBs with cursors of its own and tells the FIB
// writer which best routes of BGP the kernel is to have, and which blackholes of `originate`.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "control/explain_models.hpp"
#include "kernel/fib_writer.hpp"
#include "kernel/options.hpp"
#include "net/loop.hpp"
#include "policy/policy.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

/// Who else takes part when it is worked out what the kernel is to have.
struct ExportWitness {
  bool counted = false;                                // a hit of the policy's rules
  std::vector<control::ExplainStep>* trace = nullptr;  // notes the steps
};

class KernelExport final : public net::Task {
 public:
  /// All of it outlives this object.
  KernelExport(net::Loop& loop, rib::Rib& rib, kernel::FibWriter& writer);
  ~KernelExport() override;

  /// Looks at every route again.
  void set_options(kernel::ExportOptions options, policy::PolicyRef policy);
  void set_blackholes(std::set<net::Prefix> prefixes);

  /// True when every change of the Loc-RIBs has been handed to the writer.
  bool caught_up() const;
  /// Calls `action` once, as soon as caught_up() is true.
  void when_caught_up(std::function<void()> action);

  /// What the kernel is to have for a destination; nullopt: nothing.
  std::optional<kernel::FibRoute> wanted(net::Family family,
                                         rib::DestinationId id,
                                         const ExportWitness& witness = {}) const;

  bool run() override;

 private:
  struct Table {
    rib::CursorId cursor{};
    std::uint32_t walked = 0;  // destinations before it are looked at, while walking
    bool walking = false;
  };

  void start_walk();
  bool advance(std::size_t index, net::TimePoint end);
  void consider(net::Family family, rib::DestinationId id);
  void add_hops(const rib::BestPath& path, kernel::FibRoute& route) const;
  /// What the policy says; nullopt: it rejects.
  std::optional<policy::KernelHints> accepts(const net::Prefix& prefix,
                                             const rib::BestPath& best,
                                             const ExportWitness& witness) const;

  net::Loop& loop_;
  rib::Rib& rib_;
  kernel::FibWriter& writer_;
  kernel::ExportOptions options_;
  policy::PolicyRef policy_ = policy::accept_all();
  std::set<net::Prefix> blackholes_;
  std::array<Table, net::kFamilyCount> tables_;
  std::function<void()> when_caught_up_;
  mutable std::vector<rib::BestPath> paths_;  // scratch
  mutable bgp::PathAttributes working_;       // scratch
};

}  // namespace pipit::daemon
