// Returns a sentence for each thing that is wrong with the page: WCAG 2.2, sections 1.4.3, 1.4.10 and 2.5.8.
const wrong = []
const root = document.documentElement
const name = element => element.textContent.trim().replace(/\s+/g, ' ').slice(0, 40) || element.outerHTML.slice(0, 40)

if (root.clientWidth > screenWidth) {
  wrong.push(`laid out for a screen of ${root.clientWidth}: meta viewport is missing`)
}
if (root.scrollWidth > root.clientWidth) {
  wrong.push(`wider than the screen: ${root.scrollWidth} of ${root.clientWidth}`)
}

const colour = text => {
  const parts = text.match(/[\d.]+/g).map(Number)
  return text.startsWith('color(srgb') ? [parts[0] * 255, parts[1] * 255, parts[2] * 255, parts[3] ?? 1] : [parts[0], parts[1], parts[2], parts[3] ?? 1]
}
const over = (front, back) => [0, 1, 2].map(i => front[i] * front[3] + back[i] * (1 - front[3]))
const canvas = () => {
  const probe = document.createElement('div')
  probe.style.cssText = 'background: Canvas; display: none'
  root.append(probe)
  const found = colour(getComputedStyle(probe).backgroundColor)
  probe.remove()
  return found
}
const blank = canvas()
// The colour behind an element: the backgrounds of its ancestors, one over the other.
const behind = element => {
  if (!element) return blank.slice(0, 3)
  const own = colour(getComputedStyle(element).backgroundColor)
  return own[3] == 1 ? own.slice(0, 3) : over(own, behind(element.parentElement))
}
const luminance = rgb => {
  const [r, g, b] = rgb.map(value => value / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement
  if (!texts.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue
  if (['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(element.tagName)) continue
  const style = getComputedStyle(element)
  const back = behind(element)
  const [light, dark] = [luminance(over(colour(style.color), back)), luminance(back)].sort((a, b) => b - a)
  const ratio = (light + 0.05) / (dark + 0.05)
  const size = parseFloat(style.fontSize)
  const isLarge = size >= 24 || size >= 18.66 && style.fontWeight >= 700
  if (ratio < (isLarge ? 3 : 4.5)) wrong.push(`contrast ${ratio.toFixed(2)}: ${name(element)}`)
}

// A phone has no pointer.
for (const element of screenWidth > 500 ? [] : document.querySelectorAll('a[href], button, input, select, textarea')) {
  if (!element.checkVisibility({ visibilityProperty: true }) || element.type == 'hidden') continue
  // A link in a sentence is as high as its line.
  if (element.tagName == 'A' && element.closest('p')) continue
  const { width, height } = element.getBoundingClientRect()
  if (width < 24 || height < 24) wrong.push(`too small to touch, ${width.toFixed()} x ${height.toFixed()}: ${name(element)}`)
}
return wrong
