#!/usr/bin/python3
"""Fit of one population of users to four published samples of it (12 rates, 4 clicks per user): the parameters of the
preset scenarios/catalogue/population.toml. Needs python3-numpy and python3-scipy; deterministic.

Model (rates per 25 days).  z1, z2, z3 iid N(0,1) per user;  zb = rho z1 + sqrt(1-rho^2) z2
  activity        lam = min(exp(mua + sa z1), cap)          logged ad clicks, Poisson
  conversion      p   = logistic(mub + sb zb)               per click, user level (averaged over items and context)
  off-log buying  nu  = exp(o0 + oa z1 + o1 zb)             purchases that belong to no logged click, Poisson
  repurchase      k   = exp(k0 + k1 z1 + k2 zb)             mean extra purchases per converting click
  refund          r   = logistic(r0 + r1 z1 + r2 zb + sr z3) per purchase (first and repeat)
  May traits      z -> pers z + sqrt(1-pers^2) e for z1 and zb, corr(e1,eb) = rho;  May counts independent of April's given traits
April (30 d) decides who is sampled, May (25 d) is what the table shows:
  row 2   N_ad + N_off >= 1          row 2A  of those the top 1/79.13 by N_ad + N_off       row 2B  of those the top 25/79.13 by N_ad/clicks
  row 1   0.5 [N_ad > 5] + 0.3 [clicks in 2..4] + 0.2 [clicks = 0], each stratum normalised; there must be >= 1.0 M users with N_ad > 5
incl = 1: 'purchases' are events including repurchases (recommended); incl = 0: purchases are converting clicks.
now = 1: May's refunds and repurchases follow May's traits, as they do in netcvr; 0: April's.
usage: population_fit.py fit | ablate | mc [base users] | inclusive | world
       world: the fit behind the preset (incl = now = 1), and its numbers in the fields of a scenario; a minute or two
"""
import os, sys, time
os.environ.setdefault('OMP_NUM_THREADS', '1')
import numpy as np
from scipy.optimize import least_squares
from scipy.special import expit, gammaln

T = np.array([[41037005/2e6, 3742731/41037005, 946973/41037005, 2015540/41037005],                          # 1
              [105468231/5*25/79133648, 4581347/105468231, 542470/105468231, 1638341/105468231],            # 2, pooled 05-01..05-05
              [45.650219, 2612713/45650219, 682160/45650219, 1580986/45650219],                             # 2A
              [41930460/25e6, 8834022/41930460, 1197282/41930460, 2976438/41930460]])                       # 2B
ROW, COL = ('1', '2', '2A', '2B'), ('clicks/user', 'purchase/click', 'repurchase/click', 'refund/click')
ACTIVE = 51163048/5/79133648                                  # share of April buyers with a click on a day, mean of five days
FINAL = dict(mua=-1.766, sa=2.24, mub=-1.594, sb=2.083, rho=-.616, r0=-2.213, r1=.754, r2=.503, sr=.8, k0=-3.907, k1=.908, k2=.951,
             o0=-4.114, o1=-1.856, oa=0., pers=.8, cap=1000., incl=0.)
INCLUSIVE = {**FINAL, **dict(incl=1., pers=.82, mua=-1.679, sa=2.222, mub=-1.334, sb=1.875, rho=-.698, r0=-2.409, r1=1.144, r2=.852, k0=-3.816, k1=1.131, k2=1.148, o0=-3.814, o1=-2.0, oa=-.32)}   # purchases include repurchases
WORLD = {**INCLUSIVE, **dict(now=1., pers=.806, mua=-1.765, sa=2.248, mub=-1.327, sb=1.874, rho=-.692, r0=-3.116, r1=1.426, r2=1.091, k0=-4.548, k1=1.374, k2=1.487, o0=-4.022, o1=-2.029, oa=-.273)}

g = np.arange(-4.75, 5.26, .25); Z1, Z2 = (a.ravel() for a in np.meshgrid(g, g, indexing='ij')); W = np.exp(-.5*(Z1**2+Z2**2)); W /= W.sum()
gh = lambda n: (lambda x, w: (x, w/w.sum()))(*np.polynomial.hermite_e.hermegauss(n)); (x1, w1), (x2, w2), (x3, w3) = gh(13), gh(7), gh(9)
LG = gammaln(np.arange(400)+1.); NB, QB, NM = 60, 110, 90
nn, qq = np.meshgrid(np.arange(NB+1), np.arange(QB+1), indexing='ij'); RATE = np.round(np.where(nn > 0, nn/np.maximum(nn+qq, 1), -1.), 9).ravel()
ORD = np.argsort(-RATE, kind='stable'); RS = RATE[ORD]; FIRST = np.flatnonzero(np.r_[True, RS[1:] != RS[:-1]]); END = np.r_[FIRST[1:], len(RS)]

def pois(m, n): return np.exp(np.arange(n+1)*np.log(np.maximum(m, 1e-300))[:, None]-m[:, None]-LG[:n+1])
def counts(m, o, k, n):                                       # pmf of sum over Poisson(m) of (1+Poisson(k)) + Poisson(o); Panjer
    if not k.any(): return pois(m+o, n)
    a = m[:, None]*pois(k, 13)*np.arange(1, 15); a[:, 0] += o; p = np.zeros((len(m), n+1)); p[:, 0] = np.exp(-(m+o))
    for i in range(1, n+1): j = min(14, i); p[:, i] = (a[:, :j]*p[:, i-1::-1][:, :j]).sum(1)/i
    return p

def table(P):
    z1, zb = Z1, P['rho']*Z1+np.sqrt(1-P['rho']**2)*Z2; q = np.sqrt(max(0, 1-P['pers']**2))
    lam = np.minimum(np.exp(P['mua']+P['sa']*z1), P['cap']); p = expit(P['mub']+P['sb']*zb); nu = np.exp(P['o0']+P['oa']*z1+P['o1']*zb)
    k = np.exp(np.clip(P['k0']+P['k1']*z1+P['k2']*zb, -9, 1.5))
    m1 = P['pers']*z1[:, None]+q*x1; mb = P['pers']*zb[:, None, None]+q*(P['rho']*x1[:, None]+np.sqrt(1-P['rho']**2)*x2)       # May's z1 over e1, zb over eb given e1
    L = np.minimum(np.exp(P['mua']+P['sa']*m1), P['cap']); pm = expit(P['mub']+P['sb']*mb); EL, act = L@w1, (1-np.exp(-L/25))@w1
    if P.get('now'): y1, yb = m1[:, :, None], mb                                                                                # refunds and repeats of May's traits
    else: y1, yb = z1[:, None, None], zb[:, None, None]                                                                         # ... of April's
    kM = np.exp(np.clip(P['k0']+P['k1']*y1+P['k2']*yb, -9, 1.5)); rM = sum(w*expit(P['r0']+P['r1']*y1+P['r2']*yb+P['sr']*x) for x, w in zip(x3, w3))
    ELP, ELPK, ELPR = (((L*((pm*f)@w2))@w1) for f in (1, kM, rM*(1+kM)))
    lA, mA, oA = lam*1.2, lam*p*1.2, nu*1.2; kc = k*P['incl']
    N = counts(mA, oA, kc, NM); B = 1-N[:, 0]; mB = W@B
    mass = W@N; tail = mB/79.133648; at_least = 1-np.r_[0, np.cumsum(mass)[:-1]]; n0 = int(np.argmax(at_least <= tail))
    s2A = 1-N[:, :n0].sum(1)+(tail-at_least[n0])/mass[n0-1]*N[:, n0-1]
    Pn, Pq = pois(mA, NB), pois(lA*(1-p), QB); M = ((Pn*W[:, None]).T@Pq).ravel()[ORD]; M = np.where(RS > 0, M, 0); ce = np.cumsum(M)[END-1]; need = mB*25/79.133648
    j = min(int(np.searchsorted(ce, need)), len(FIRST)-1); S = np.zeros(len(RS)); S[ORD[:FIRST[j]]] = 1; S[ORD[FIRST[j]:END[j]]] = np.clip((need-(ce[j-1] if j else 0))/(ce[j]-(ce[j-1] if j else 0)), 0, 1)
    S = np.where(RATE > 0, S, 0).reshape(NB+1, QB+1); s2B = ((Pn@S)*Pq).sum(1)
    c = pois(lA, 4); strata = (W*(1-counts(mA, 0*oA, kc, 5).sum(1)), W*c[:, 2:].sum(1), W*c[:, 0]); N5 = strata[0].sum()/mB*79.133648
    out = []
    for w in (sum(f*s/s.sum() for f, s in zip((.5, .3, .2), strata)), W*B, W*s2A, W*s2B):
        C = w@EL; out.append([C/w.sum(), w@(ELP+P['incl']*ELPK)/C, w@ELPK/C, w@ELPR/C])
    w = sum(f*s/s.sum() for f, s in zip((.5, .3, .2), strata))
    return np.array(out), dict(N5=N5, active=(W*B)@act/mB, base=mB, n0=n0, rate_cut=RS[FIRST[j]], no_ad_buyers=1-ce[-1]/mB, scheme1_active=w@act)

def fit(free, start, evals=40):
    lim = dict(sa=(.2, 2.5), sb=(.2, 2.5), rho=(-.97, .97), pers=(.2, 1.)); lo, hi = zip(*(lim.get(f, (-9, 9)) for f in free))
    def res(x):
        o, d = table({**start, **dict(zip(free, x))})
        return np.r_[np.log(o/T).ravel()/.05, max(0, np.log(1.02/d['N5']))/.05, np.log(d['active']/ACTIVE)/.05, max(0, np.log(.085/d['base']))/.1]
    r = least_squares(res, [start[f] for f in free], bounds=(lo, hi), max_nfev=evals, x_scale='jac', diff_step=1e-4); P = {**start, **dict(zip(free, map(float, r.x)))}
    return (P, r.cost)+table(P)

def show(P, o, d, name=''):
    print(name, {k: round(v, 3) for k, v in P.items()}); print('  ratio to the printed value', dict(zip(ROW, np.round(o/T, 3).tolist())))
    print('  largest error: rates %.1f %%, clicks/user %.1f %%;' % (100*np.abs(o/T-1)[:, 1:].max(), 100*np.abs(o/T-1)[:, 0].max()), {k: round(float(v), 4) for k, v in d.items()}, flush=True)

def fields(P):                                                # the fit as netcvr's scenario fields; click averages over users
    h = np.arange(-7, 7.001, .05); a, b = (x.ravel() for x in np.meshgrid(h, h, indexing='ij')); w = np.exp(-.5*(a**2+b**2)); w /= w.sum(); b = P['rho']*a+np.sqrt(1-P['rho']**2)*b
    lam = np.minimum(np.exp(P['mua']+P['sa']*a), P['cap']); p = expit(P['mub']+P['sb']*b); k = np.exp(np.clip(P['k0']+P['k1']*a+P['k2']*b, -9, 1.5)); r = sum(v*expit(P['r0']+P['r1']*a+P['r2']*b+P['sr']*x) for x, v in zip(x3, w3))
    L, sr = w@lam, np.sqrt(P['r1']**2+P['r2']**2+2*P['rho']*P['r1']*P['r2']+P['sr']**2); realised = np.exp(P['mua']+P['sa']**2/2)/L     # netcvr caps before it scales to log.clicks
    return {'log.clicks / users.count': L, 'users.activity_spread': P['sa'], 'users.activity_cap': P['cap']/25/realised, 'correlation.activity_purchase': P['rho'],
            'correlation.activity_refund': (P['r1']+P['rho']*P['r2'])/sr, 'correlation.purchase_refund': (P['rho']*P['r1']+P['r2'])/sr,
            'conversion.user / sqrt(1 + .346 tau^2)': P['sb'], 'refund.user / sqrt(1 + .346 tau^2)': sr, 'repeats.user': P['k2'], 'repeats.activity': P['k1'], 'repeats.cap': np.exp(1.5),
            'prior_period.persistence': P['pers'], 'prior_period.off_log_purchases': np.exp(P['o0'])/25, 'prior_period.off_log_user': P['o1'], 'prior_period.off_log_activity': P['oa'],
            'targets.cvr': w@(lam*p)/L, 'targets.repurchases_per_click': w@(lam*p*k)/L, 'targets.refunds_per_conversion': w@(lam*p*r)/(w@(lam*p))}

def mc(P, n_users, seed):                                     # independent check: integer counts, sorting, nothing shared with table()
    h = np.random.default_rng(seed); keep = []; sg = lambda x: 1/(1+np.exp(-x)); q = np.sqrt(1-P['pers']**2); R = np.sqrt(1-P['rho']**2)
    for i in range(0, n_users, 2_000_000):
        n = min(2_000_000, n_users-i); z1 = h.standard_normal(n); zb = P['rho']*z1+R*h.standard_normal(n); e1 = h.standard_normal(n); eb = P['rho']*e1+R*h.standard_normal(n)
        lam = np.minimum(np.exp(P['mua']+P['sa']*z1), P['cap']); k = np.exp(np.clip(P['k0']+P['k1']*z1+P['k2']*zb, -9, 1.5)); r = sg(P['r0']+P['r1']*z1+P['r2']*zb+P['sr']*h.standard_normal(n))
        ca = h.poisson(1.2*lam); na = h.binomial(ca, sg(P['mub']+P['sb']*zb)); no = h.poisson(1.2*np.exp(P['o0']+P['oa']*z1+P['o1']*zb)); nt = na+(h.poisson(na*k) if P['incl'] else 0)
        lM = np.minimum(np.exp(P['mua']+P['sa']*(P['pers']*z1+q*e1)), P['cap']); cm = h.poisson(lM); pm = h.binomial(cm, sg(P['mub']+P['sb']*(P['pers']*zb+q*eb))); rep = h.poisson(pm*k); rf = h.binomial(pm+rep, r)
        s = (nt+no > 0) | ((ca > 1) & (ca < 5)) | (ca == 0) & (h.random(n) < .02); keep.append(np.stack([ca, na, nt, no, cm, pm+(rep if P['incl'] else 0), rep, rf], 1)[s].astype('f4'))
    ca, na, nt, no, cm, pm, rep, rf = np.concatenate(keep).T; B = np.flatnonzero(nt+no > 0); u = h.random(len(B)); K = int(len(B)/79.133648); K25 = int(len(B)*25/79.133648)
    pick = lambda i: np.bincount(i, minlength=len(ca)).astype(float); rate = np.where(na[B] > 0, na[B]/np.maximum(ca[B], 1), -1)
    w = sum(f*(s/s.sum()) for f, s in zip((.5, .3, .2), (nt > 5, (ca > 1) & (ca < 5), ca == 0)))
    row = lambda w: [w@cm/w.sum(), w@pm/(w@cm), w@rep/(w@cm), w@rf/(w@cm)]
    return np.array([row(w), row(pick(B)), row(pick(B[np.argsort(-((nt+no)[B]+u))[:K]])), row(pick(B[np.argsort(-(rate+1e-7*u))[:K25]]))])

if __name__ == '__main__':
    what = sys.argv[1] if len(sys.argv) > 1 else 'fit'; core = 'mua sa mub sb rho r0 r1 r2 k0 k1 k2'.split(); start = {**FINAL, **dict(mua=-1.5, sa=2., mub=-2.2, sb=1.8, rho=-.55, r0=-2.3, r1=.7, r2=.6, k0=-4.1, k1=.85, k2=1.1, o0=-4.3, o1=-1.8)}
    if what == 'fit': P, c, o, d = fit(core+['o0', 'o1'], start); show(P, o, d, 'cost %.2f' % c); show(FINAL, *table(FINAL), 'FINAL (rounded)')
    if what == 'inclusive': P, c, o, d = fit(core+['o0', 'o1', 'oa'], INCLUSIVE); show(P, o, d, 'cost %.2f' % c); show(INCLUSIVE, *table(INCLUSIVE), 'INCLUSIVE (rounded)')
    if what == 'world':
        P, c, o, d = fit(core+['o0', 'o1', 'oa', 'pers'], {**INCLUSIVE, 'now': 1.}, 60); show(P, o, d, 'cost %.2f' % c); show(WORLD, *table(WORLD), 'WORLD (rounded)')
        for name, value in fields(WORLD).items(): print('  %-40s %.5g' % (name, value))
    if what == 'ablate':
        off = dict(o0=-20., o1=0.)
        for name, free, over in (('traits only', [], {**off, 'pers': 1.}), ('+ persistence', ['pers'], off), ('+ off-log buying, no persistence', ['o0', 'o1', 'oa'], dict(pers=1.)), ('+ both', ['o0', 'o1'], {})):
            P, c, o, d = fit(core+free, {**start, **over}); show(P, o, d, '%s: %d parameters, cost %.1f' % (name, len(core+free), c))
    if what == 'mc':
        n = int(float(sys.argv[2])) if len(sys.argv) > 2 else 12_000_000
        for name, P in (('FINAL', FINAL), ('INCLUSIVE', INCLUSIVE)):
            R = np.array([mc(P, n, s)/T for s in (1, 2, 3)]); print(name, 'Monte Carlo, %d base users: mean ratio of 3' % n, np.round(R.mean(0), 3).tolist(), 'sd of one', np.round(R.std(0, ddof=1), 3).tolist(), flush=True)
