/** The few words that the editor library says by itself, in the languages that it does not have. */
import type { Lang } from '~/format/numbers'

export const phrases: Record<Lang, Record<string, string>> = {
  en: {},
  zh: {
    '$ unchanged lines': '$ 行未变',
    Find: '查找',
    Replace: '替换',
    next: '下一个',
    previous: '上一个',
    all: '全部',
    'match case': '区分大小写',
    regexp: '正则',
    'by word': '整词',
    replace: '替换',
    'replace all': '全部替换',
    close: '关闭',
    'current match': '当前匹配',
    'replaced $ matches': '已替换 $ 处',
    'replaced match on line $': '已替换第 $ 行的匹配',
    'on line': '所在行',
    'Fold line': '折叠',
    'Unfold line': '展开',
    'folded code': '已折叠的内容',
    unfold: '展开',
    Completions: '补全',
    Diagnostics: '问题',
    'No diagnostics': '没有问题',
    'Go to line': '转到行',
    go: '转到',
  },
}
