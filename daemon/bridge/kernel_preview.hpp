// What other rules of `kernel.import` would announce into the RIB, for a dry run: the real rules
// over the kernel's routes and addresses as they are, and nothing is announced.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>

#include "daemon/bridge/kernel_import.hpp"
#include "rib/preview.hpp"

namespace pipit::daemon {

class KernelPreview final : public rib::LocalPreview {
 public:
  /// Host and RIB must outlive it. `rules`, `policies`, `ownership`: as
  /// KernelImport::set_rules().
  KernelPreview(const kernel::HostView& host,
                rib::Rib& rib,
                std::vector<kernel::ImportRule> rules,
                std::vector<policy::PolicyRef> policies,
                std::optional<kernel::Ownership> ownership);

  std::optional<Route> route(rib::SourceId source, const net::Prefix& prefix) const override;
  bool walk(std::size_t budget, const std::function<void(const net::Prefix&)>& visit) override;

 private:
  const kernel::HostView& host_;
  KernelImport import_;
  std::map<net::Prefix, KernelImport::Connected> connected_;
  std::size_t position_ = 0;  // in the host's routes
};

}  // namespace pipit::daemon
