// Files dropped on a deal or pasted into it are sent at once; a line shows how far they are.
import { triggers } from "penstock/deal-requests";
import { toast } from "penstock/toast";

const words = (key) => document.getElementById("toasts").dataset[key];
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

function progressOf(root, files) {
  const line = document.createElement("p");
  line.className = "uploading";
  line.setAttribute("role", "status");
  line.append([...files].map((file) => file.name).join(", "), Object.assign(document.createElement("progress"), { max: 1, value: 0 }));
  line.lastElementChild.setAttribute("aria-label", line.textContent);
  root.querySelector("#told")?.before(line);
  return line;
}

function refused(xhr) {
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  return [...page.querySelectorAll(".error")].map((error) => error.textContent.trim()).join(" ");
}

function send(root, files) {
  const body = new FormData();
  for (const file of files) body.append("file", file, file.name);
  const line = progressOf(root, files);
  const xhr = new XMLHttpRequest();
  xhr.open("POST", `/deals/${root.dataset.deal}/files/`);
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers") ?? "{}"), "HX-Request": "true" };
  for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
  xhr.upload.onprogress = (event) => { if (event.lengthComputable) line.lastElementChild.value = event.loaded / event.total; };
  xhr.onloadend = async () => {
    line.remove();
    if (xhr.status === 200) return triggers(new Response(null, { headers: { "HX-Trigger": xhr.getResponseHeader("HX-Trigger") } }));
    const text = xhr.status === 422 ? refused(xhr) : "";
    toast({ text: text || words(xhr.status ? "failed" : "unsent"), level: "bad", seconds: 10 });
  };
  xhr.send(body);
}

export default function dealFiles(root) {
  let depth = 0;
  const over = (on) => { depth = on ? depth : 0; root.classList.toggle("is-dropping", on); };
  root.addEventListener("dragenter", (event) => { if (hasFiles(event)) { depth += 1; over(true); } });
  root.addEventListener("dragleave", (event) => { if (hasFiles(event)) { depth -= 1; over(depth > 0); } });
  root.addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
  root.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    over(false);
    send(root, event.dataTransfer.files);
  });
  document.addEventListener("paste", function paste(event) {
    if (!root.isConnected) return document.removeEventListener("paste", paste);
    if (!event.clipboardData?.files.length || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    send(root, event.clipboardData.files);
  });
}
