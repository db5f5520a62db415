// With a script the browser works for what is sent, and no sum is asked. Whatever fails here leaves the sum where it stands.
const place = document.getElementById("work");
const sum = document.getElementById("sum");

async function offerWork() {
  if (!place || !globalThis.crypto?.subtle) return; // needs https, or this very machine
  await import("../altcha/external/altcha.min.js");
  const worker = new URL("../altcha/workers/pbkdf2.js", import.meta.url);
  globalThis.$altcha.algorithms.set("PBKDF2/SHA-256", () => new Worker(worker, { type: "module" }));
  globalThis.$altcha.i18n.set("zh-hans", {
    ariaLinkLabel: "ALTCHA", error: "没有算成，请填下面的算式。", expired: "放得太久，请重新打开页面。", footer: "",
    label: "我不是机器", loading: "正在打开…", reload: "重来", required: "请先点一下“我不是机器”。",
    verificationRequired: "请先点一下“我不是机器”。", verified: "好了", verify: "核对", verifying: "正在算，几秒就好…",
    waitAlert: "正在算，请稍等。", cancel: "取消", enterCode: "输入", getAudioChallenge: "", enterCodeAria: "",
  });
  const widget = document.createElement("altcha-widget");
  widget.addEventListener("statechange", (event) => asked(event.detail?.state !== "verified" && event.detail?.state === "error"));
  place.append(widget);
  await customElements.whenDefined("altcha-widget");
  widget.configure({ challenge: JSON.parse(place.dataset.challenge), language: "zh-hans", hideFooter: true, hideLogo: true, auto: "onload", humanInteractionSignature: false, timeout: 60000 });
  place.hidden = false;
  asked(false);
}

function asked(whether) {
  sum.hidden = !whether;
  sum.querySelector("input").required = whether;
}

offerWork().catch(() => asked(true));
