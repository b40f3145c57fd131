#include "config/effect.hpp"

#include <array>

namespace pipit::config {
namespace {

struct EffectWords {
  std::string_view name;
  std::string_view words;
};

constexpr std::array<EffectWords, kEffectCount> kEffects{{
    {"in-place", "takes effect in place"},
    {"decision", "best paths are chosen again"},
    {"import", "import runs again over stored routes"},
    {"export", "what then differs is sent"},
    {"originate", "that route is announced, changed or withdrawn"},
    {"kernel", "routes from and in the kernel are looked at again"},
    {"shutdown", "the session ends, or may come up"},
    {"reset", "resets the session"},
}};

template <typename Visit>
void for_each(Effects effects, const Visit& visit) {
  for (std::size_t i = 0; i < kEffectCount; ++i) {
    if (effects.has(static_cast<Effect>(i))) {
      visit(kEffects[i]);
    }
  }
}

}  // namespace

std::string_view name_of(Effect effect) {
  return kEffects[static_cast<std::size_t>(effect)].name;
}

std::vector<std::string> names_of(Effects effects) {
  std::vector<std::string> names;
  for_each(effects, [&](const EffectWords& row) { names.emplace_back(row.name); });
  return names;
}

std::string describe(Effects effects) {
  std::string text;
  for_each(effects, [&](const EffectWords& row) {
    text += text.empty() ? "" : ", ";
    text += row.words;
  });
  return text;
}

}  // namespace pipit::config
