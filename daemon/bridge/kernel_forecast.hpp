// What a reload would do to the kernel's routes, for a dry run: the terms of `kernel.export` as
// they are and as they would be over what would be chosen for each destination. Nothing is written.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "daemon/bridge/kernel_choice.hpp"
#include "rib/preview.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

enum class KernelChange : std::uint8_t {
  Announced,  // enters the kernel
  Withdrawn,  // leaves it
  Updated,    // leads elsewhere, or from another address
  Moved,      // to another table, metric or protocol
};

inline constexpr std::size_t kKernelChangeCount = 4;

class KernelForecast final : public rib::ChoicePreview {
 public:
  /// The RIB must outlive it. `before`, `after`: nullopt: no route is written. `options`: of the
  /// RIB, as they would be.
  KernelForecast(rib::Rib& rib,
                 std::optional<KernelTerms> before,
                 std::optional<KernelTerms> after,
                 const rib::RibOptions& options);

  /// Sources as they would be, which must outlive it: to be called before the first on_choice().
  void look_from(const rib::Sources& sources);

  using Visit =
      std::function<void(KernelChange change, const net::Prefix& prefix, rib::PreviewMoment)>;

  /// Tells `visit` each route that would change from now on; empty: none.
  void on_change(Visit visit) { visit_ = std::move(visit); }

  using Counts = std::array<std::uint64_t, kKernelChangeCount>;

  const Counts& counts(rib::PreviewMoment moment) const {
    return counts_[static_cast<std::size_t>(moment)];
  }

  // rib::ChoicePreview
  void on_choice(const net::RouteKey& key,
                 std::span<const rib::BestPath> before,
                 std::span<const rib::BestPath> then,
                 rib::PreviewMoment moment) override;

 private:
  static std::optional<kernel::FibRoute> route(const std::optional<KernelChoice>& choice,
                                               const net::Prefix& prefix,
                                               std::span<const rib::BestPath> paths);

  rib::Rib& rib_;
  std::optional<KernelTerms> terms_after_;
  rib::RibOptions options_;
  std::optional<KernelChoice> before_;
  std::optional<KernelChoice> after_;
  bool other_protocol_ = false;
  Visit visit_;
  std::array<Counts, rib::kPreviewMomentCount> counts_{};
};

}  // namespace pipit::daemon
