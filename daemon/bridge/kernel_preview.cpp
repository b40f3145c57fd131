#include "daemon/bridge/kernel_preview.hpp"

#include <utility>

namespace pipit::daemon {

KernelPreview::KernelPreview(const kernel::HostView& host,
                             rib::Rib& rib,
                             std::vector<kernel::ImportRule> rules,
                             std::vector<policy::PolicyRef> policies,
                             std::optional<kernel::Ownership> ownership)
    : host_(host), import_(host, rib) {
  import_.set_rules(std::move(rules), std::move(policies), std::move(ownership));
  connected_ = import_.wanted_connected();
}

std::optional<rib::LocalPreview::Route> KernelPreview::route(rib::SourceId source,
                                                             const net::Prefix& prefix) const {
  if (source != rib::kConnectedSource) {
    return import_.wanted(prefix);
  }
  const auto from = connected_.find(prefix);
  return from == connected_.end() ? std::nullopt : std::optional(import_.wanted(from->second));
}

/// Routes first; the few addresses all at once.
bool KernelPreview::walk(std::size_t budget, const std::function<void(const net::Prefix&)>& visit) {
  if (host_.routes().walk(position_, budget, visit)) {
    return true;
  }
  for (const auto& [prefix, from] : connected_) {
    visit(prefix);
  }
  return false;
}

}  // namespace pipit::daemon
