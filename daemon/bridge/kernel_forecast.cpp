#include "daemon/bridge/kernel_forecast.hpp"

#include <utility>

#include "bgp/wire/family_table.hpp"

namespace pipit::daemon {

KernelForecast::KernelForecast(rib::Rib& rib,
                               std::optional<KernelTerms> before,
                               std::optional<KernelTerms> after,
                               const rib::RibOptions& options)
    : rib_(rib), terms_after_(std::move(after)), options_(options) {
  if (before) {
    other_protocol_ = terms_after_ && before->options.protocol != terms_after_->options.protocol;
    before_.emplace(rib, rib.sources()).set_terms(std::move(*before));
  }
}

void KernelForecast::look_from(const rib::Sources& sources) {
  if (terms_after_) {
    after_.emplace(rib_, sources).set_terms(std::move(*terms_after_));
    after_->assume(options_);
  }
}

std::optional<kernel::FibRoute> KernelForecast::route(const std::optional<KernelChoice>& choice,
                                                      const net::Prefix& prefix,
                                                      std::span<const rib::BestPath> paths) {
  if (!choice || paths.empty()) {
    return std::nullopt;
  }
  std::optional<kernel::FibRoute> made = choice->place(prefix, paths.front());
  if (made && KernelChoice::needs_hops(*made) && !choice->add_hops(paths, *made)) {
    made.reset();
  }
  return made;
}

void KernelForecast::on_choice(const net::RouteKey& key,
                               std::span<const rib::BestPath> before,
                               std::span<const rib::BestPath> then,
                               rib::PreviewMoment moment) {
  if (!bgp::family_row(key.family).kernel) {
    return;
  }
  const std::optional<kernel::FibRoute> was = route(before_, key.prefix, before);
  const std::optional<kernel::FibRoute> is = route(after_, key.prefix, then);
  if (!was && !is) {
    return;
  }
  KernelChange change = KernelChange::Updated;
  if (!was || !is) {
    change = is ? KernelChange::Announced : KernelChange::Withdrawn;
  } else if (other_protocol_ || was->table != is->table || was->metric != is->metric) {
    change = KernelChange::Moved;
  } else if (*was == *is) {
    return;
  }
  ++counts_[static_cast<std::size_t>(moment)][static_cast<std::size_t>(change)];
  if (visit_) {
    visit_(change, key.prefix, moment);
  }
}

}  // namespace pipit::daemon
