// The kernel as a reload and a dry run deal with it. The daemon puts the KernelBridge there, tests
// a kernel of their own.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "kernel/options.hpp"
#include "net/address.hpp"
#include "policy/policy.hpp"
#include "policy/references.hpp"
#include "rib/preview.hpp"

namespace pipit::daemon {

/// The compiled policies of `kernel:`; never null.
struct KernelPolicies {
  std::vector<policy::PolicyRef> imports;  // one for each rule
  policy::PolicyRef exports = policy::accept_all();
  policy::KernelPlaces places;  // that `exports` may give routes
};

class KernelSide {
 public:
  virtual ~KernelSide() = default;

  /// Takes over options, at the start and at a reload. `blackholes`: prefixes of `originate` that
  /// the kernel is to drop packets for.
  virtual void set_options(const kernel::KernelOptions& options,
                           KernelPolicies policies,
                           std::set<net::Prefix> blackholes) = 0;

  /// What would be imported with these options; null: the same as now. Must not be called any more
  /// once this object is gone.
  virtual std::unique_ptr<rib::LocalPreview> preview(
      const kernel::KernelOptions& options, std::vector<policy::PolicyRef> imports) const = 0;
};

}  // namespace pipit::daemon
