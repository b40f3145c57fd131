// What a reload does about an option whose value changed. Said once for each key, in the field
// table (fields_*.cpp); read by compare(), which plans a reload, and by the reference of
// pipitd.yaml(5).
//
// None of these asks a neighbor for a route refresh: what neighbors sent is kept as it was before
// import policy, so that import can run over it again.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace pipit::config {

enum class Effect : std::uint8_t {
  InPlace,    // is true at once, no route and no session notices
  Decision,   // the decision process runs again over stored paths
  Import,     // import runs again over stored paths
  Export,     // what is sent is compared with what was sent; only what differs goes out
  Originate,  // that route of our own is announced, changed or withdrawn
  Kernel,     // routes of or in the kernel are looked at again
  Shutdown,   // the session ends with Cease/Administrative Shutdown, or may come up again
  Reset,      // the session is closed with Cease/Other Configuration Change and comes back
};

inline constexpr std::size_t kEffectCount = 8;

/// A set of effects.
class Effects {
 public:
  constexpr Effects() = default;

  constexpr Effects(std::initializer_list<Effect> effects) {
    for (const Effect effect : effects) {
      bits_ |= bit(effect);
    }
  }

  constexpr bool has(Effect effect) const { return (bits_ & bit(effect)) != 0; }

  constexpr bool empty() const { return bits_ == 0; }

  constexpr Effects& operator|=(Effects other) {
    bits_ |= other.bits_;
    return *this;
  }

  friend constexpr bool operator==(const Effects&, const Effects&) = default;

 private:
  static constexpr std::uint8_t bit(Effect effect) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(effect));
  }

  std::uint8_t bits_ = 0;
};

/// In kebab case for JSON: "in-place", "reset".
std::string_view name_of(Effect effect);

/// The names of all that are in the set.
std::vector<std::string> names_of(Effects effects);

/// A sentence about all of them, without its full stop: "import runs again over stored routes, and
/// what comes out differently is sent".
std::string describe(Effects effects);

}  // namespace pipit::config
