// RIB -> kernel: reads the journals of the Loc-RIBs with cursors of its own and tells the FIB
// writer which best routes of BGP the kernel is to have, and which blackholes of `originate`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/bridge/kernel_choice.hpp"
#include "kernel/fib/fib_sink.hpp"
#include "net/loop.hpp"
#include "net/slice_budget.hpp"
#include "policy/policy.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

class KernelExport final : public net::Task {
 public:
  /// All of it outlives this object.
  KernelExport(net::Loop& loop, rib::Rib& rib, kernel::FibSink& sink);
  ~KernelExport() override;

  /// Looks at every route again, unless nothing is different.
  void set_terms(KernelTerms terms);

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
    net::Family family;
    rib::CursorId cursor{};
    std::uint32_t walked = 0;  // destinations before it are looked at, while walking
    bool walking = false;
  };

  void start_walk();
  bool advance(Table& table, net::SliceBudget& budget);
  void consider(net::Family family, rib::DestinationId id);

  net::Loop& loop_;
  rib::Rib& rib_;
  kernel::FibSink& sink_;
  KernelChoice choice_;
  std::vector<Table> tables_;  // of the families that the kernel takes
  std::function<void()> when_caught_up_;
  mutable std::vector<rib::BestPath> paths_;  // scratch
};

}  // namespace pipit::daemon
