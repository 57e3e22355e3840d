"""Plans with registers (登记册) that tests work with: the problem list, money, sessions, papers, and what is owed over them."""

from __future__ import annotations

LISTS = """\
census: trial
title: 试验普查
standard_time: 2020-11-01T00:00:00+08:00
registers:
  problems:
    title: 问题清单
    kept_by: county
    rows_at: [county, township, village, district]
    key: [list, row]
    columns:
      list: {title: 清单批次, type: text}
      row: {title: 序号, type: number}
      kind: {title: 类别, one_of: {logic: 逻辑问题, missed: 户籍漏登错登, young: 低龄漏登错登, hard: 难点卡点}}
      due: {title: 办理期限, type: date}
      pool: {title: 退回何处, type: code, outside: yes}
      state:
        title: 状态
        one_of: {received: 已接收, assigned: 已分解, in-field: 核实中, resolved: 已核实, reviewed: 已复核, closed: 已办结, returned: 已退回上级}
        moves: {received: [assigned, returned], assigned: [in-field], in-field: [resolved], resolved: [reviewed, in-field], reviewed: [closed, in-field], closed: [in-field], returned: [assigned, closed]}
    refuse:
      - {when: "due < date '2020-11-16'", title: 办理期限早于比对复查开始}
  funds:
    title: 经费台账
    kept_by: [province, city, county]
    key: [code, entry]
    columns:
      entry: {title: 笔次, type: text}
      amount: {title: 金额, type: number, unit: yuan, min: 0}
      stage: {title: 进度, one_of: {drafted: 已拟文, filed: 已报送, approved: 已批复, paid: 已拨付, arrived: 已到账}}
  attendance:
    title: 参训登记
    kept_by: township
    key: [code, session, staff]
    columns:
      session: {title: 班次, type: text}
      staff: {title: 两员编号, type: number}
      passed: {title: 考核合格, type: yes_no}
  sessions:
    title: 培训班
    kept_by: [county, township]
    rows_at: county
    key: [code, session]
    columns:
      session: {title: 期次, type: text}
      audience: {title: 培训对象, one_of: {trainers: 师资, instructors: 普查指导员, enumerators: 普查员}}
      day: {title: 开班日期, type: date}
  papers:
    title: 文件登记
    kept_by: [province, city, county]
    key: [code, kind]
    columns:
      kind: {title: 文件种类, one_of: {work-plan: 工作方案, office-rules: 办公室工作规则, schedule: 工作进度安排, division: 成员单位职责分工}}
      issued: {title: 印发日期, type: date}
indicators:
  population: {title: 户籍人口, level: county, unit: persons, roll_up: sum}
  problems_open: {title: 未办结问题, register: problems, level: township, count_where: "state not in ('closed', 'returned')"}
  funds_arrived: {title: 到位经费, register: funds, level: county, sum: amount, where: "stage = 'arrived'", unit: yuan, rank: true}
  staff_trained: {title: 已培训两员, register: attendance, level: township, distinct: staff, where: "passed"}
  first_session: {title: 首期培训, register: sessions, level: county, first: day, where: "audience = 'instructors'"}
  funds_per_head: {title: 人均经费, level: county, unit: 元/人, is: "funds_arrived / population", beside: [{title: 全国平均, value: 8.7, source: 山西省2020-08-03推进会}]}
ladders:
  standard: [{id: remind-7, at: -7d, to: [unit.owner]}]
  field: [{id: remind-2, at: -2d, to: [unit.owner]}]
phases:
  - id: recheck
    title: 比对复查
    starts: T-200d
    ends: T+40d
    requirements:
      - id: lists-closed
        title: 问题清单按期办结
        judged_at: county
        each: {register: problems, by: list, due: due}
        met_when: "state in ('closed', 'returned')"
        ladder: field
      - id: returned-settled
        title: 退回上级的问题办结
        each: {register: problems, where: "state = 'returned'", owed_by: pool}
        met_when: "state = 'closed'"
        due: T+38d
        ladder: field
      - id: four-papers
        title: 四个文件印发
        judged_at: province
        each: {register: papers, by: kind, of: [work-plan, office-rules, schedule, division]}
        met_when: "issued is not null"
        due: T-94d
        ladder: standard
"""
"""The examples of the design as they stand there: a problem list, money, attendance, sessions and papers."""

CATALOGUE = """\
census: trial
title: 试验普查
standard_time: 2020-11-01T00:00:00+08:00
registers:
  papers:
    title: 文件登记
    kept_by: [province, city, county, township]
    key: [code, kind, number]
    columns:
      kind: {title: 文件种类, one_of: {work-plan: 工作方案, office-rules: 办公室工作规则, schedule: 工作进度安排, division: 成员单位职责分工和工作方式, risk-plan: 风险防范预案, funds-joint: 经费联合发文, other: 其他}}
      number: {title: 文号, type: text}
      issued: {title: 印发日期, type: date}
      jointly: {title: 联合发文部门, several: yes, one_of: {police: 公安, health: 卫健, civil: 民政, finance: 财政}}
      answers: {title: 贯彻哪份文件, type: text}
      cascade: {title: 转发期限天数, type: number, unit: 天, min: 0}
      due: {title: 应印发日期, type: date}
      note: {title: 备注, type: text}
  meetings:
    title: 会议
    kept_by: [province, city, county, township]
    key: [code, meeting]
    columns:
      meeting: {title: 会议编号, type: text}
      kind: {title: 会议种类, one_of: {mobilisation: 动员会, special: 专题会, report-heard: 听取汇报, group: 领导小组会, dispatch: 调度会}}
      held: {title: 召开时间, type: moment}
      chair_post: {title: 主持人职务, type: text}
      speakers: {title: 发言人职务, type: text}
      passes_on: {title: 传达哪次会议, type: text}
      cascade: {title: 传达期限天数, type: number, unit: 天, min: 0}
      due: {title: 应召开日期, type: date}
      law_first: {title: 会前学法, type: yes_no}
      attended: {title: 到会人数, type: number, min: 0}
      venues: {title: 会场数, type: number, min: 0}
    refuse:
      - {when: "passes_on is not null and due is null", title: 传达上级会议须有应召开日期}
  requests:
    title: 请示建议
    kept_by: [province, city, county, township]
    on_occasion: yes
    key: [code, request]
    columns:
      request: {title: 请示编号, type: text}
      addressee: {title: 请示何处, type: code, outside: yes}
      topic: {title: 事项, one_of: {devices: 采集设备, allowance: 两员补助, funds: 经费, signal: 通信信号, policy: 政策口径}}
      asked: {title: 请示日期, type: date}
      due: {title: 请于何时答复, type: date}
      state:
        title: 状态
        one_of: {sent: 已报送, received: 已收文, answered: 已答复, done: 已办结, declined: 不予采纳}
        moves: {sent: [received], received: [answered, declined], answered: [done]}
  acceptance:
    title: 质量验收
    kept_by: county
    rows_at: district
    key: [stage, code, round]
    columns:
      stage: {title: 验收阶段, one_of: {listing: 摸底, short-form: 短表}}
      round: {title: 轮次, type: number, min: 1}
      checked_by: {title: 验收单位, type: code}
      maps: {title: 图件相符, type: yes_no}
      buildings_checked: {title: 抽查建筑物, type: number, min: 0}
      buildings_wrong: {title: 建筑物差错, type: number, min: 0}
      dwellings_checked: {title: 抽查住房单元, type: number, min: 0}
      dwellings_wrong: {title: 住房单元差错, type: number, min: 0}
      persons_checked: {title: 抽查登记人数, type: number, min: 0}
      persons_wrong: {title: 登记差错人数, type: number, min: 0}
      births_exact: {title: 出生登记经核对, type: yes_no}
      deaths_exact: {title: 死亡登记经核对, type: yes_no}
      verdict:
        title: 验收结论
        one_of: {passed: 合格, rework: 返工, not-yet: 未验收}
        is: >-
          case when maps is null or persons_checked is null then 'not-yet'
          when maps and births_exact and deaths_exact and 1000 * persons_wrong <= 4 * persons_checked
          and 100 * buildings_wrong <= buildings_checked and 100 * dwellings_wrong <= dwellings_checked then 'passed'
          else 'rework' end
    refuse:
      - {when: "within(code, checked_by) and checked_by <> office", title: 乡村两级不得验收自己的小区}
      - {when: "persons_wrong > persons_checked", title: 差错不应多于抽查数}
  staff:
    title: 两员
    kept_by: township
    key: [code, staff]
    columns:
      staff: {title: 两员编号, type: number, min: 1}
      role: {title: 岗位, one_of: {enumerator: 普查员, instructor: 普查指导员, reserve: 预备}}
      cadre: {title: 社区村干部, type: yes_no}
      employer: {title: 聘用方, one_of: {office: 普查机构, contractor: 承接单位}}
      registered: {title: 登记造册日期, type: date}
      assigned: {title: 落实小区日期, type: date}
      insured: {title: 投保日期, type: date}
      pledged: {title: 签承诺书日期, type: date}
      certified: {title: 发证日期, type: date}
      departed: {title: 离岗日期, type: date}
      replaces: {title: 接替何人编号, type: number}
  bodies:
    title: 普查机构
    kept_by: [province, city, county, township]
    rows_at: [province, city, county, township, village]
    key: [code, kind]
    columns:
      kind: {title: 机构类别, one_of: {group: 领导小组, office: 办公室, village: 村级普查小组}}
      formed: {title: 成立日期, type: date}
      document: {title: 成立文号, type: text}
      head_post: {title: 组长职务, one_of: {executive-deputy: 常务副职, deputy: 分管副职, head: 行政正职, both: 党政双组长}}
  questions:
    title: 业务问答
    kept_by: [county, township]
    on_occasion: yes
    key: [code, question]
    columns:
      question: {title: 问题编号, type: text}
      asked: {title: 提出时间, type: moment}
      answered: {title: 答复时间, type: moment}
      due: {title: 答复时限, type: moment, is: "asked + interval '24 hour'"}
indicators:
  meetings_held: {title: 已召开会议, register: meetings, level: township, count_where: "held <= now"}
  drawn: {title: 抽中小区, register: acceptance, level: township, count_where: "round = 1"}
  passed_first: {title: 首轮合格小区, register: acceptance, level: township, count_where: "round = 1 and verdict = 'passed'"}
  first_pass: {title: 首轮合格率, level: township, is: "passed_first / drawn"}
  enumerators: {title: 在岗普查员, register: staff, level: township, distinct: staff, where: "role = 'enumerator' and departed is null"}
  cadres: {title: 在岗社区村干部, register: staff, level: township, distinct: staff, where: "cadre and departed is null"}
  cadre_share: {title: 社区村干部占比, level: township, unit: percent, is: "100 * cadres / enumerators"}
  last_formed: {title: 最后成立日, register: bodies, level: township, last: formed, where: "kind = 'group'"}
ladders:
  standard: [{id: overdue, at: +0d, to: [unit.owner]}]
phases:
  - id: preparation
    title: 普查准备
    starts: T-300d
    ends: T+40d
    requirements:
      - {id: two-papers, title: 方案和安排印发, judged_at: county, each: {register: papers, by: kind, of: [work-plan, schedule], met_by: any}, met_when: issued is not null, due: T-94d, ladder: standard}
      - {id: papers-passed-on, title: 上级文件按期贯彻, judged_at: county, each: {register: papers, where: answers is not null, due: due}, met_when: issued is not null, ladder: standard}
      - {id: special-meeting, title: 召开专题会并听取汇报, judged_at: province, each: {register: meetings, by: kind, of: [special, report-heard], met_by: any}, met_when: held <= now, due: 2020-08-05, ladder: standard}
      - {id: meetings-passed-on, title: 上级会议按期传达, judged_at: township, each: {register: meetings, where: passes_on is not null, due: due}, met_when: held <= now, ladder: standard}
      - {id: law-first, title: 会前学法, judged_at: county, each: {register: meetings, where: held <= now}, met_when: law_first, due: T-2d, ladder: standard}
      - {id: requests-answered, title: 请示按期答复, each: {register: requests, owed_by: addressee, due: due}, met_when: "state in ('answered', 'done', 'declined')", ladder: standard}
      - {id: accepted, title: 抽中小区验收合格, judged_at: county, each: {register: acceptance, by: code, met_by: any}, met_when: verdict = 'passed', due: T-2d, ladder: standard}
      - {id: five-conditions, title: 普查员五项落实, judged_at: township, each: {register: staff, where: "role = 'enumerator' and departed is null"}, met_when: "registered is not null and assigned is not null and insured is not null and pledged is not null and certified is not null", due: T-73d, ladder: standard}
      - {id: bodies, title: 机构成立, judged_at: township, each: {register: bodies, by: kind, of: [group, office]}, met_when: "formed is not null and (kind <> 'group' or head_post = case unit_kind when 'street' then 'both' else 'head' end)", due: T-94d, ladder: standard}
      - {id: village-bodies, title: 村级普查小组成立, judged_at: township, each: {register: bodies, by: code, of: village}, met_when: formed is not null, due: T-94d, ladder: standard}
      - {id: questions, title: 业务问题24小时内答复, judged_at: county, each: {register: questions, due: due}, met_when: answered is not null, ladder: standard}
"""
"""The hardest lists of offices: papers that are named one by one, cascades of meetings, requests owed upward, acceptance of a
drawn sample, conditions that each person must meet together."""
