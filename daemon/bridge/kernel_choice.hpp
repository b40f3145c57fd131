// Which best routes the kernel is to have, and how: the terms of `kernel.export` over one
// destination. Asked by KernelExport for what is written, by `explain`, and by a dry run for what
// would be written on other terms.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <vector>

#include "kernel/fib/fib_sink.hpp"
#include "kernel/options.hpp"
#include "policy/policy.hpp"
#include "policy/step.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

/// Who else takes part when it is worked out what the kernel is to have.
struct ExportWitness {
  bool counted = false;                        // a hit of the policy's rules
  std::vector<policy::Step>* trace = nullptr;  // notes the steps
};

/// What decides about a route besides the route itself.
struct KernelTerms {
  kernel::ExportOptions options;
  policy::PolicyRef policy = policy::accept_all();
  std::set<net::Prefix> blackholes{};  // prefixes of `originate` to drop packets for

  friend bool operator==(const KernelTerms&, const KernelTerms&) = default;
};

class KernelChoice {
 public:
  /// Both must outlive it. `sources`: descriptions of sources, those of the RIB or others.
  KernelChoice(rib::Rib& rib, const rib::Sources& sources) : rib_(rib), sources_(sources) {}

  /// Resolves next hops as they would be with other options of the RIB, until the next call.
  void assume(const rib::RibOptions& options);

  const KernelTerms& terms() const { return terms_; }

  void set_terms(KernelTerms terms) { terms_ = std::move(terms); }

  /// A destination's route as the terms have it, still without its next hops; nullopt: none.
  std::optional<kernel::FibRoute> place(const net::Prefix& prefix,
                                        const rib::BestPath& best,
                                        const ExportWitness& witness = {}) const;

  /// True when such a route leads over next hops: those of add_hops() are missing.
  static bool needs_hops(const kernel::FibRoute& route) {
    return route.type == kernel::RouteType::Unicast;
  }

  /// Adds the next hops of all paths that share the traffic. False: none leads anywhere, and the
  /// kernel gets no route.
  bool add_hops(std::span<const rib::BestPath> paths,
                kernel::FibRoute& route,
                const ExportWitness& witness = {}) const;

 private:
  void add_hops(const rib::BestPath& path, kernel::FibRoute& route) const;
  /// What the policy says; nullopt: it rejects.
  std::optional<policy::KernelHints> accepts(const net::Prefix& prefix,
                                             const rib::BestPath& best,
                                             const ExportWitness& witness) const;

  rib::Rib& rib_;
  const rib::Sources& sources_;
  std::optional<rib::RibOptions> assumed_;
  std::optional<rib::NextHopsUnder> ways_;  // by assumed_, for policies
  KernelTerms terms_;
  mutable bgp::PathAttributes working_;  // scratch
};

}  // namespace pipit::daemon
