// A list whose elements keep their memory when it is cleared: what a decoder fills again and again
// with elements that own vectors. Elements need a clear() member.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

namespace pipit::bgp {

template <typename Element>
class ReusedList {
 public:
  ReusedList() = default;

  ReusedList(std::initializer_list<Element> elements)
      : elements_(elements), size_(elements.size()) {}

  bool empty() const { return size_ == 0; }

  std::size_t size() const { return size_; }

  auto begin() { return elements_.begin(); }

  auto end() { return elements_.begin() + static_cast<std::ptrdiff_t>(size_); }

  auto begin() const { return elements_.begin(); }

  auto end() const { return elements_.begin() + static_cast<std::ptrdiff_t>(size_); }

  Element& operator[](std::size_t i) { return elements_[i]; }

  const Element& operator[](std::size_t i) const { return elements_[i]; }

  Element& front() { return elements_.front(); }

  const Element& front() const { return elements_.front(); }

  Element& back() { return elements_[size_ - 1]; }

  const Element& back() const { return elements_[size_ - 1]; }

  /// Adds an empty element, with the memory of a former one where there is one.
  Element& emplace_back() {
    if (size_ == elements_.size()) {
      elements_.emplace_back();
    } else {
      elements_[size_].clear();
    }
    return elements_[size_++];
  }

  /// Spare elements, too: for accounts of memory.
  const std::vector<Element>& held() const { return elements_; }

  void push_back(Element element) { emplace_back() = std::move(element); }

  void pop_back() { --size_; }

  void clear() { size_ = 0; }

 private:
  std::vector<Element> elements_;  // those from size_ on are spare
  std::size_t size_ = 0;
};

}  // namespace pipit::bgp
