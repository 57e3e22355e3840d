BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE asides (
	phase VARCHAR NOT NULL, 
	unit VARCHAR(12) NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	failures INTEGER NOT NULL, 
	error VARCHAR NOT NULL, 
	PRIMARY KEY (phase, unit)
);
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	act VARCHAR NOT NULL, 
	author VARCHAR NOT NULL, 
	about TEXT NOT NULL, 
	previous VARCHAR NOT NULL, 
	hash VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,1796096504371712,'load','administrator','{"contacts":{"added":3,"changed":0,"removed":0},"moved":[],"plan":true,"superiors":{},"units":{"added":7,"changed":0,"removed":0}}','','538dce1f217857da164ce128ff469e33c6dc360b94651593bc16fa42cb6f3fb6');
INSERT INTO "audit" VALUES(2,1796096504481714,'report','丙','{"accepted":2,"as_of":1591002000000000,"batch":1,"digest":"c013ceb366bf0e889efb67353e98773bd80c404821f16aea13fb0ff547222851","readings":{"digest":"1823f5c8a17f296e468264ae61eb8ef8e863ed0b994fd73eb998588328267182","rows":2},"rejected":0}','538dce1f217857da164ce128ff469e33c6dc360b94651593bc16fa42cb6f3fb6','52ff4f95ced8d8f32e0babda545fbc4558812d3789cade690751a0f374ff0458');
INSERT INTO "audit" VALUES(3,1796096504523755,'report','丙','{"accepted":3,"as_of":1591005600000000,"batch":2,"digest":"0425bfd5a537cc29d7b00a4949ea1ec10578fd7c47103e59eaaa38e99e2b6ff8","readings":{"digest":"06700bc3578a414594fdfcc05625e5fa21a58a7b35f043cfbbe76da6630dcac5","rows":2},"rejected":0}','52ff4f95ced8d8f32e0babda545fbc4558812d3789cade690751a0f374ff0458','847e17c59b359b3afd36aeb180786f4e16b288cb574e2e75d615533ee9c7e4ed');
INSERT INTO "audit" VALUES(4,1796096504772501,'report','丙','{"accepted":1,"as_of":1591088400000000,"batch":3,"digest":"e90cac75b4f34c96bd631c4d7888cbe8c2a02efb2945fa6a65655cac9610a0a3","readings":{"digest":"72cb888ad7d6824c90dc6dc07f429a522b23e48468578fd3e0c50944bd529737","rows":1},"rejected":0}','847e17c59b359b3afd36aeb180786f4e16b288cb574e2e75d615533ee9c7e4ed','44068101b8f50dd64fbbd0d891081f1c3c78ac0cb45551aadf5fea88a3e03a63');
INSERT INTO "audit" VALUES(5,1591114800000000,'notices','pucha','{"after":0,"digest":"e2d02cf54b2bcaf65f12e28cfc65ba4ea8b8cbd7f060649a9222350795575b19","ended":"427daf4284d6e04ca5a1d80a9756f7e56c6ab030c01dcb14e83f5f8f9bac8969","last":2,"lines":{"after":0,"digest":"f2b7aa1a82f35293388c476697a5023853ee3776a467831fd73d93826b1bfdfc","last":2},"states":{"planned":2},"written":"5a57cba989e800e5be6df7754191c8a1c7048c448898a22da3090a1a9b1d30c8"}','44068101b8f50dd64fbbd0d891081f1c3c78ac0cb45551aadf5fea88a3e03a63','1c8e5c6236f4fb5f1bdfa9b228a7ef0d4f4618d90c5b735dceebda3fd1803ac2');
INSERT INTO "audit" VALUES(6,1591114800000000,'notices','pucha','{"after":2,"digest":"d06d4fb41688e1fca3b42867b0380c1296ebf7b46cd88545142e46ac25382504","ended":"6cce97c805ad8f7f54975af3917ea169f2bdd84c70fa123846375a2d0bb00c63","last":6,"lines":{"after":2,"digest":"5017ea8a2a579519ef02ed4f7d57a2e2e6686eea3c3464d8e8853121f49964f3","last":2},"states":{"accepted":1,"retry":1,"sending":2},"written":"6ca1308ed63a9295b208dc720844f1d7eaafb719b3d45baf958f22b564735f27"}','1c8e5c6236f4fb5f1bdfa9b228a7ef0d4f4618d90c5b735dceebda3fd1803ac2','cf1fb93e05c628ef03a44ce666d1cf0861388d5155a2e1ae8bb91eaf9ed6e524');
INSERT INTO "audit" VALUES(7,1796096504968029,'report','丙','{"accepted":2,"as_of":1591174800000000,"batch":4,"digest":"c013ceb366bf0e889efb67353e98773bd80c404821f16aea13fb0ff547222851","readings":{"digest":"668247642e97ca525b3ca57f0747e7fbb40f74561d0a42e66a441ea2eb3749ee","rows":2},"rejected":0}','cf1fb93e05c628ef03a44ce666d1cf0861388d5155a2e1ae8bb91eaf9ed6e524','6d9b3c059b41a953074aa7ee78dd61738aad7e218fd872579206f11e16a53f22');
INSERT INTO "audit" VALUES(8,1591201200000000,'notices','pucha','{"after":6,"digest":"6e76048f5f245d10a0050c291bc80f5094a4ff24aba7ab73db7743d0df7ac921","ended":"427daf4284d6e04ca5a1d80a9756f7e56c6ab030c01dcb14e83f5f8f9bac8969","last":8,"lines":{"after":2,"digest":"218dbfce68dd4dd5c840971f152b40e584790d6f192e6098eedd854c975b1d87","last":4},"states":{"planned":2},"written":"4e7c36c43012f30b081cf4e5824ad6c480b51b783820ebfe3c7370da27759cb9"}','6d9b3c059b41a953074aa7ee78dd61738aad7e218fd872579206f11e16a53f22','76127b6281188f977c173c3159857a41347760271ad1dfadebd59a5ba162ba0b');
INSERT INTO "audit" VALUES(9,1591201200000000,'notices','pucha','{"after":8,"digest":"65465d6044f0a86b6b5d4dd5ac0b0227394b525f51244fcfb2e034e472eb8491","ended":"daae866f9fe7d92f00531e187dd3d81bf807aa6833a082afaddc162d15022977","last":14,"lines":{"after":4,"digest":"5017ea8a2a579519ef02ed4f7d57a2e2e6686eea3c3464d8e8853121f49964f3","last":4},"states":{"accepted":2,"retry":1,"sending":3},"written":"6ca1308ed63a9295b208dc720844f1d7eaafb719b3d45baf958f22b564735f27"}','76127b6281188f977c173c3159857a41347760271ad1dfadebd59a5ba162ba0b','2266bf51cf993c161f3cde8f102d3a419992c37ef5fada4ab3cebea9d8623fda');
INSERT INTO "audit" VALUES(10,1796096505176285,'report','丙','{"accepted":1,"as_of":1591261200000000,"batch":5,"digest":"b0e33b4768df667d6cd6e920614654967fb05c6598f9fbb47fc4fc6e35808fff","readings":{"digest":"16630d28942e42fe9be68fd48bf8e0aacf340902986c9103f32dbfbc5c6c5084","rows":1},"rejected":0}','2266bf51cf993c161f3cde8f102d3a419992c37ef5fada4ab3cebea9d8623fda','46131c19277c4e9d34bbad7afaa760b0923ad322d2f5f697364ebe8ccd6e821e');
INSERT INTO "audit" VALUES(11,1796096505210208,'report','丙','{"accepted":3,"as_of":1591264800000000,"batch":6,"digest":"b21537f3103962d45fc0bf9b3362360906707451a2370481f5b4d7ffe050a989","readings":{"digest":"52bdeb954ea8e3d7d2ad4cefc1bcfcd66e162053d6a4389ad9f9668859abfbb8","rows":2},"rejected":0}','46131c19277c4e9d34bbad7afaa760b0923ad322d2f5f697364ebe8ccd6e821e','b09042c845a11058efba5d5313c480412ee484d0ebb9b3ceb3444b5751aa6617');
INSERT INTO "audit" VALUES(12,1591287600000000,'notices','pucha','{"after":14,"digest":"f2967c49778e38e4b9a0b431c6f5ed5ec21163f6d63f334263ff2e3e7b8ceef4","ended":"427daf4284d6e04ca5a1d80a9756f7e56c6ab030c01dcb14e83f5f8f9bac8969","last":15,"lines":{"after":4,"digest":"8207f9916d6d6a7e262025ff22a13a42d865a1ce5f8a2713d2a73fe9481855c6","last":5},"states":{"planned":1},"written":"e5981167622de877f48fe65065fe5baf9d183224db41f5db37b8a3efae0b4390"}','b09042c845a11058efba5d5313c480412ee484d0ebb9b3ceb3444b5751aa6617','6266609c281390e1bb141d2305649fc02f2d67d92cb9de45240c038ea795563b');
INSERT INTO "audit" VALUES(13,1591287600000000,'notices','pucha','{"after":15,"digest":"1d891a5202d5bae5b7a3c124c1ff71e7386635d98f4a80d472614338a6fad02e","ended":"427daf4284d6e04ca5a1d80a9756f7e56c6ab030c01dcb14e83f5f8f9bac8969","last":19,"lines":{"after":5,"digest":"5017ea8a2a579519ef02ed4f7d57a2e2e6686eea3c3464d8e8853121f49964f3","last":5},"states":{"retry":2,"sending":2},"written":"6ca1308ed63a9295b208dc720844f1d7eaafb719b3d45baf958f22b564735f27"}','6266609c281390e1bb141d2305649fc02f2d67d92cb9de45240c038ea795563b','dc4a3fd6746cf83d296bb625571bd815f2ae1f9f639a5500f58025e6802047bc');
INSERT INTO "audit" VALUES(14,1796096505351699,'report','丙','{"accepted":2,"as_of":1591347600000000,"batch":7,"digest":"c013ceb366bf0e889efb67353e98773bd80c404821f16aea13fb0ff547222851","readings":{"digest":"159989ff30908859a9416bc49a69f826924177224215306969ec5603e435c706","rows":2},"rejected":0}','dc4a3fd6746cf83d296bb625571bd815f2ae1f9f639a5500f58025e6802047bc','bbf4901b348e857f69f95a6e4bf77e6fcd1f251e6a03185394f182febf8042d3');
INSERT INTO "audit" VALUES(15,1591374000000000,'notices','pucha','{"after":19,"digest":"0831b9b9894602542ad909dbfa70b78e44febee476470f9397be98e82627d148","ended":"427daf4284d6e04ca5a1d80a9756f7e56c6ab030c01dcb14e83f5f8f9bac8969","last":23,"lines":{"after":5,"digest":"5017ea8a2a579519ef02ed4f7d57a2e2e6686eea3c3464d8e8853121f49964f3","last":5},"states":{"retry":2,"sending":2},"written":"6ca1308ed63a9295b208dc720844f1d7eaafb719b3d45baf958f22b564735f27"}','bbf4901b348e857f69f95a6e4bf77e6fcd1f251e6a03185394f182febf8042d3','64c29a50ec7d7dd7fcdb884a8569fa4f17fd5e51b7bed69235d4dfc9b4989ea5');
INSERT INTO "audit" VALUES(16,1796096505465773,'report','丙','{"accepted":1,"as_of":1591174800000000,"batch":8,"digest":"29d78570f2dafb0b0848df78437a24d166ae55c8ec63656201959b2a6a9077b9","readings":{"digest":"a5440f33c7bc75f97038ea788c2778efa9d6efbdc65caf0257574e94bd1e0b04","rows":1},"rejected":0}','64c29a50ec7d7dd7fcdb884a8569fa4f17fd5e51b7bed69235d4dfc9b4989ea5','939ead2d49f510f385f1b11ad243ecdcecb39b3697f5aa5e008322045b49aed8');
INSERT INTO "audit" VALUES(17,1796096505465773,'correction','丙','{"batch":8,"corrected":1,"latest_before":4,"reason":"改","replaced":1}','939ead2d49f510f385f1b11ad243ecdcecb39b3697f5aa5e008322045b49aed8','3b9df7f4547a56a990f48462f4f7021cbf4be06e3f9d62ed55f1827b908578b1');
INSERT INTO "audit" VALUES(18,1591405200000000,'notices','pucha','{"after":23,"digest":"e1c8b00f715be1b0b71396a92fc4cce37a7a6b15b90b6ecacb100b623fa21349","ended":"427daf4284d6e04ca5a1d80a9756f7e56c6ab030c01dcb14e83f5f8f9bac8969","last":24,"lines":{"after":5,"digest":"c4107fded65248e11ed2f1c694fc55b95be9c78dc60f8047020978fa80d9382d","last":6},"states":{"planned":1},"written":"db4b203d0cdc3388e410d907a6d527f25c620d26bd375d422101d677c6495826"}','3b9df7f4547a56a990f48462f4f7021cbf4be06e3f9d62ed55f1827b908578b1','f29651ad92a71e9a7b1d77be933a4730c8617d88100ae5ecb2815ca8e1b6d9d6');
INSERT INTO "audit" VALUES(19,1591405200000000,'notices','pucha','{"after":24,"digest":"a79c3471e5c09dedbad541a97e1e5acf3859fa198e528c60607a02d0b56a13f5","ended":"101edcc88eb602d39c0793b0265bd393f3180a22a5fd3db0f95af7cf01404e45","last":30,"lines":{"after":6,"digest":"5017ea8a2a579519ef02ed4f7d57a2e2e6686eea3c3464d8e8853121f49964f3","last":6},"states":{"accepted":1,"retry":2,"sending":3},"written":"6ca1308ed63a9295b208dc720844f1d7eaafb719b3d45baf958f22b564735f27"}','f29651ad92a71e9a7b1d77be933a4730c8617d88100ae5ecb2815ca8e1b6d9d6','7b0c831526c327a626af9046d0bfab5850b41138c419c29fdbed1372cd020a91');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	records BIGINT NOT NULL, 
	hash VARCHAR NOT NULL, 
	transitions BIGINT NOT NULL, lines BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,19,'7b0c831526c327a626af9046d0bfab5850b41138c419c29fdbed1372cd020a91',30,6);
CREATE TABLE batches (
	id INTEGER NOT NULL, 
	digest VARCHAR NOT NULL, 
	file_name VARCHAR NOT NULL, 
	as_of BIGINT NOT NULL, 
	author VARCHAR NOT NULL, 
	received_at BIGINT NOT NULL, 
	accepted INTEGER NOT NULL, 
	rejected INTEGER NOT NULL, 
	archive VARCHAR, 
	rejections VARCHAR, 
	districts BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest, as_of)
);
INSERT INTO "batches" VALUES(1,'c013ceb366bf0e889efb67353e98773bd80c404821f16aea13fb0ff547222851','r.csv',1591002000000000,'丙',1796096504481714,2,0,'20200601T090000000000Z_-_c013ceb366bf0e889efb67353e98773bd80c404821f16aea13fb0ff547222851.parquet',NULL,0);
INSERT INTO "batches" VALUES(2,'0425bfd5a537cc29d7b00a4949ea1ec10578fd7c47103e59eaaa38e99e2b6ff8','d.csv',1591005600000000,'丙',1796096504523755,3,0,'20200601T100000000000Z_99010100_0425bfd5a537cc29d7b00a4949ea1ec10578fd7c47103e59eaaa38e99e2b6ff8.parquet',NULL,1);
INSERT INTO "batches" VALUES(3,'e90cac75b4f34c96bd631c4d7888cbe8c2a02efb2945fa6a65655cac9610a0a3','r.csv',1591088400000000,'丙',1796096504772501,1,0,'20200602T090000000000Z_-_e90cac75b4f34c96bd631c4d7888cbe8c2a02efb2945fa6a65655cac9610a0a3.parquet',NULL,0);
INSERT INTO "batches" VALUES(4,'c013ceb366bf0e889efb67353e98773bd80c404821f16aea13fb0ff547222851','r.csv',1591174800000000,'丙',1796096504968029,2,0,'20200603T090000000000Z_-_c013ceb366bf0e889efb67353e98773bd80c404821f16aea13fb0ff547222851.parquet',NULL,0);
INSERT INTO "batches" VALUES(5,'b0e33b4768df667d6cd6e920614654967fb05c6598f9fbb47fc4fc6e35808fff','r.csv',1591261200000000,'丙',1796096505176285,1,0,'20200604T090000000000Z_-_b0e33b4768df667d6cd6e920614654967fb05c6598f9fbb47fc4fc6e35808fff.parquet',NULL,0);
INSERT INTO "batches" VALUES(6,'b21537f3103962d45fc0bf9b3362360906707451a2370481f5b4d7ffe050a989','d.csv',1591264800000000,'丙',1796096505210208,3,0,'20200604T100000000000Z_99010100_b21537f3103962d45fc0bf9b3362360906707451a2370481f5b4d7ffe050a989.parquet',NULL,1);
INSERT INTO "batches" VALUES(7,'c013ceb366bf0e889efb67353e98773bd80c404821f16aea13fb0ff547222851','r.csv',1591347600000000,'丙',1796096505351699,2,0,'20200605T090000000000Z_-_c013ceb366bf0e889efb67353e98773bd80c404821f16aea13fb0ff547222851.parquet',NULL,0);
INSERT INTO "batches" VALUES(8,'29d78570f2dafb0b0848df78437a24d166ae55c8ec63656201959b2a6a9077b9','r.csv',1591174800000000,'丙',1796096505465773,1,0,'20200603T090000000000Z_-_29d78570f2dafb0b0848df78437a24d166ae55c8ec63656201959b2a6a9077b9.parquet',NULL,0);
CREATE TABLE campaign (
	id INTEGER NOT NULL, 
	census VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	sources TEXT NOT NULL, 
	leaves TEXT NOT NULL, 
	proof TEXT, 
	loaded_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "campaign" VALUES(1,'trial','试验普查','[{"name": "plan.yaml", "text": "census: trial\ntitle: 试验普查\nstandard_time: 2020-11-01\nindicators:\n  doors: {title: 入户数, level: township, unit: 户, roll_up: sum, min: 0}\n  enumerators: {title: 普查员, level: district, unit: persons, roll_up: sum, min: 0}\nladders:\n  daily:\n    - {id: overdue, at: +0d, to: [unit.owner]}\n    - {id: superior, at: +1d, to: [superior.owner]}\nphases:\n  - id: registration\n    title: 普查登记\n    starts: 2020-06-01\n    ends: 2020-06-20\n    hours: always\n    requirements:\n      - {id: daily, no: 1, title: 日报, judged_at: township, met_when: \"doors >= 10\", every: day, ladder: daily}\n      - {id: staff, no: 2, title: 两员, judged_at: township, met_when: \"enumerators >= 2\", due: 2020-06-03, ladder: daily}\n"}]','["plan.yaml"]','{"reader": 3, "expressions": [{"text": "doors = 0 and 1 + doors / doors > 0", "sql": "(doors = 0.0 AND ((1.0 + (CAST(doors AS DOUBLE) / NULLIF(CAST(doors AS DOUBLE), 0.0)))) - (0.0) > LEAST(5e-13 * ((1.0 + (ABS(CAST(doors AS DOUBLE)) * ABS(CAST(doors AS DOUBLE)) / (NULLIF(CAST(doors AS DOUBLE), 0.0) * NULLIF(CAST(doors AS DOUBLE), 0.0)))) + 0.0), 0.001 + 1e-15 * ((1.0 + (ABS(CAST(doors AS DOUBLE)) * ABS(CAST(doors AS DOUBLE)) / (NULLIF(CAST(doors AS DOUBLE), 0.0) * NULLIF(CAST(doors AS DOUBLE), 0.0)))) + 0.0)))", "names": ["doors"], "strict": false, "condition": true, "clauses": [{"text": "doors = 0", "sql": "doors = 0.0", "names": ["doors"], "strict": false, "left": "doors", "operator": "=", "right": "0"}, {"text": "1 + doors / NULLIF(doors, 0) > 0", "sql": "((1.0 + (CAST(doors AS DOUBLE) / NULLIF(CAST(doors AS DOUBLE), 0.0)))) - (0.0) > LEAST(5e-13 * ((1.0 + (ABS(CAST(doors AS DOUBLE)) * ABS(CAST(doors AS DOUBLE)) / (NULLIF(CAST(doors AS DOUBLE), 0.0) * NULLIF(CAST(doors AS DOUBLE), 0.0)))) + 0.0), 0.001 + 1e-15 * ((1.0 + (ABS(CAST(doors AS DOUBLE)) * ABS(CAST(doors AS DOUBLE)) / (NULLIF(CAST(doors AS DOUBLE), 0.0) * NULLIF(CAST(doors AS DOUBLE), 0.0)))) + 0.0))", "names": ["doors"], "strict": false, "left": "1 + doors / NULLIF(doors, 0)", "operator": ">", "right": "0"}], "makeup": {"outside": ["doors"], "fractions": [[["doors"], ["doors"]]], "is_sum": false, "together": [["doors"], ["doors", "doors"]]}}, {"text": "enumerators = 0 and 1 + enumerators / enumerators > 0", "sql": "(enumerators = 0.0 AND ((1.0 + (CAST(enumerators AS DOUBLE) / NULLIF(CAST(enumerators AS DOUBLE), 0.0)))) - (0.0) > LEAST(5e-13 * ((1.0 + (ABS(CAST(enumerators AS DOUBLE)) * ABS(CAST(enumerators AS DOUBLE)) / (NULLIF(CAST(enumerators AS DOUBLE), 0.0) * NULLIF(CAST(enumerators AS DOUBLE), 0.0)))) + 0.0), 0.001 + 1e-15 * ((1.0 + (ABS(CAST(enumerators AS DOUBLE)) * ABS(CAST(enumerators AS DOUBLE)) / (NULLIF(CAST(enumerators AS DOUBLE), 0.0) * NULLIF(CAST(enumerators AS DOUBLE), 0.0)))) + 0.0)))", "names": ["enumerators"], "strict": false, "condition": true, "clauses": [{"text": "enumerators = 0", "sql": "enumerators = 0.0", "names": ["enumerators"], "strict": false, "left": "enumerators", "operator": "=", "right": "0"}, {"text": "1 + enumerators / NULLIF(enumerators, 0) > 0", "sql": "((1.0 + (CAST(enumerators AS DOUBLE) / NULLIF(CAST(enumerators AS DOUBLE), 0.0)))) - (0.0) > LEAST(5e-13 * ((1.0 + (ABS(CAST(enumerators AS DOUBLE)) * ABS(CAST(enumerators AS DOUBLE)) / (NULLIF(CAST(enumerators AS DOUBLE), 0.0) * NULLIF(CAST(enumerators AS DOUBLE), 0.0)))) + 0.0), 0.001 + 1e-15 * ((1.0 + (ABS(CAST(enumerators AS DOUBLE)) * ABS(CAST(enumerators AS DOUBLE)) / (NULLIF(CAST(enumerators AS DOUBLE), 0.0) * NULLIF(CAST(enumerators AS DOUBLE), 0.0)))) + 0.0))", "names": ["enumerators"], "strict": false, "left": "1 + enumerators / NULLIF(enumerators, 0)", "operator": ">", "right": "0"}], "makeup": {"outside": ["enumerators"], "fractions": [[["enumerators"], ["enumerators"]]], "is_sum": false, "together": [["enumerators"], ["enumerators", "enumerators"]]}}, {"text": "doors >= 10", "sql": "doors >= 9.99999999999", "names": ["doors"], "strict": false, "condition": true, "clauses": [{"text": "doors >= 10", "sql": "doors >= 9.99999999999", "names": ["doors"], "strict": false, "left": "doors", "operator": ">=", "right": "10"}], "makeup": {"outside": ["doors"], "fractions": [], "is_sum": false, "together": [["doors"]]}}, {"text": "enumerators >= 2", "sql": "enumerators >= 1.999999999998", "names": ["enumerators"], "strict": false, "condition": true, "clauses": [{"text": "enumerators >= 2", "sql": "enumerators >= 1.999999999998", "names": ["enumerators"], "strict": false, "left": "enumerators", "operator": ">=", "right": "2"}], "makeup": {"outside": ["enumerators"], "fractions": [], "is_sum": false, "together": [["enumerators"]]}}]}',1796096504371712);
CREATE TABLE cases (
	id INTEGER NOT NULL, 
	unit VARCHAR(12) NOT NULL, 
	requirement VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	due BIGINT NOT NULL, 
	policy BIGINT NOT NULL, 
	opened_at BIGINT NOT NULL, 
	closed_at BIGINT, 
	closed_as VARCHAR, 
	rung INTEGER NOT NULL, 
	rung_nominal BIGINT, 
	rung_fired_at BIGINT, 
	rung_settled_at BIGINT, 
	acknowledged_until BIGINT, 
	hushed_since BIGINT, 
	trail TEXT DEFAULT '' NOT NULL, acknowledged_at BIGINT, 
	PRIMARY KEY (id), 
	UNIQUE (unit, requirement, period, seq)
);
INSERT INTO "cases" VALUES(1,'990101001','registration.daily','2020-06-02',1,1591113600000000,1,1591114800000000,NULL,NULL,1,1591201200000000,1591201200000000,1591201200000000,NULL,NULL,'1591114800000000 fired overdue
1591201200000000 fired superior
',NULL);
INSERT INTO "cases" VALUES(2,'990101002','registration.daily','2020-06-02',1,1591113600000000,1,1591114800000000,NULL,NULL,0,1591113600000000,1591114800000000,NULL,NULL,NULL,'1591114800000000 fired overdue
',NULL);
INSERT INTO "cases" VALUES(3,'990101001','registration.staff','',1,1591200000000000,1,1591201200000000,1591287600000000,'met',0,1591200000000000,1591201200000000,1591201200000000,NULL,NULL,'1591201200000000 fired overdue
',NULL);
INSERT INTO "cases" VALUES(4,'990101002','registration.daily','2020-06-04',1,1591286400000000,1,1591287600000000,NULL,NULL,0,1591286400000000,1591287600000000,NULL,NULL,NULL,'1591287600000000 fired overdue
',NULL);
INSERT INTO "cases" VALUES(5,'990101001','registration.daily','2020-06-03',1,1591200000000000,1,1591405200000000,NULL,NULL,0,1591200000000000,1591405200000000,NULL,NULL,NULL,'1591405200000000 fired overdue
',NULL);
CREATE TABLE channels (
	address VARCHAR NOT NULL, 
	shown VARCHAR NOT NULL, 
	failures INTEGER NOT NULL, 
	refuses BOOLEAN NOT NULL, 
	last_success_at BIGINT, 
	last_failure_at BIGINT, 
	code VARCHAR, 
	error VARCHAR, 
	aside_until BIGINT, 
	free_at BIGINT, 
	spent TEXT NOT NULL, 
	PRIMARY KEY (address)
);
INSERT INTO "channels" VALUES('40a16eb424922fcba8919a87','json://••••',0,0,1591405200000000,NULL,NULL,NULL,NULL,NULL,'[]');
INSERT INTO "channels" VALUES('89312cff5b470d7953f6b1c1','json://••••',8,0,NULL,1591405200000000,'connect','could not connect',1591408800000000,NULL,'[]');
INSERT INTO "channels" VALUES('8892a3c74489f6fc4dfa796f','json://••••',0,0,1591201200000000,NULL,NULL,NULL,NULL,NULL,'[]');
CREATE TABLE codes (
	id INTEGER NOT NULL, 
	act VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	person VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	content_hash VARCHAR NOT NULL, 
	code_hash VARCHAR NOT NULL, 
	sent_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	wrong INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE contacts (
	id INTEGER NOT NULL, 
	unit VARCHAR(12) NOT NULL, 
	role VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	channel BLOB NOT NULL, 
	person VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	shown VARCHAR NOT NULL, 
	quiet VARCHAR, 
	place INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (unit, role, person, address)
);
INSERT INTO "contacts" VALUES(1,'990101','owner','丙',X'6741414141414272446B483435756A6B79617774516D7061465933736D4C39426745596E4B7158333964536D4B4B4B706D6E737067625770314A4B38783875747748764A4C32366F592D4A646B43775F77652D4B4E35644456545F632D595A6C4F63373331714D6A326975795750454E67546F6B6346413D','26e6a39602c60c87f142c8cc','8892a3c74489f6fc4dfa796f','json://••••',NULL,0);
INSERT INTO "contacts" VALUES(2,'990101001','owner','甲',X'6741414141414272446B4834784530514D37695F683550744470466F56625333566233794551532D634A42434337624C6B733537674E775A626538466B615A6B4575795765747352577346304C434B61744B726169684F4E5A3353686D4B714238425468583456515A63465035707361613535693446733D','a19d14b11df2c6972c5ebde1','40a16eb424922fcba8919a87','json://••••',NULL,0);
INSERT INTO "contacts" VALUES(3,'990101002','owner','乙',X'6741414141414272446B483477595F6A65526C307474457549537A466A49646E4269582D505559516F484D3879466B337771503335624138676A38486456366F48304E6F6E525A634C4A7A546543644B4E5671446C564D79503246525355577A4C7553332D64366B71526C6637326847662D426A4F47593D','eb17bb6f92059bc1db3d8b0d','89312cff5b470d7953f6b1c1','json://••••',NULL,0);
CREATE TABLE decisions (
	id INTEGER NOT NULL, 
	case_id BIGINT NOT NULL, 
	unit VARCHAR NOT NULL, 
	requirement VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	author VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	until BIGINT, 
	reason VARCHAR, machine_at BIGINT, 
	PRIMARY KEY (id)
);
CREATE TABLE exits (
	unit VARCHAR(12) NOT NULL, 
	phase VARCHAR NOT NULL, 
	author VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	reason VARCHAR, machine_at BIGINT, 
	PRIMARY KEY (unit, phase)
);
CREATE TABLE heartbeats (
	name VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	told TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "heartbeats" VALUES('watch',1591405200000000,'{"judged": 14, "owed": 1, "delivered": 1, "failed": 2, "held": 0}');
CREATE TABLE notice_lines (
	id INTEGER NOT NULL, 
	notice_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	rung VARCHAR NOT NULL, 
	rung_no INTEGER NOT NULL, 
	unit VARCHAR(12) NOT NULL, 
	role VARCHAR NOT NULL, 
	person VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	about TEXT NOT NULL, 
	owed_at BIGINT, 
	ended_at BIGINT, 
	ended_why VARCHAR, 
	PRIMARY KEY (id), 
	UNIQUE (case_id, rung, unit, role, person)
);
INSERT INTO "notice_lines" VALUES(1,1,1,'overdue',0,'990101001','owner','a19d14b11df2c6972c5ebde1','overdue','live','{"unit":"990101001","requirement":"registration.daily","period":"2020-06-02","due":1591113600000000,"place":0,"standing":"unmet","reason_zh":"入户数 9 户，应不低于 10","reason_en":"doors = 9, must be at least 10","late_below":null,"vacant":null,"vacant_role":null,"untold":null,"paper_id":null}',1591114800000000,NULL,NULL);
INSERT INTO "notice_lines" VALUES(2,2,2,'overdue',0,'990101002','owner','eb17bb6f92059bc1db3d8b0d','overdue','live','{"unit":"990101002","requirement":"registration.daily","period":"2020-06-02","due":1591113600000000,"place":0,"standing":"unreported","reason_zh":"入户数未报","reason_en":"doors not reported","late_below":null,"vacant":null,"vacant_role":null,"untold":null,"paper_id":null}',1591114800000000,NULL,NULL);
INSERT INTO "notice_lines" VALUES(3,3,1,'superior',1,'990101','owner','26e6a39602c60c87f142c8cc','superior','live','{"unit":"990101001","requirement":"registration.daily","period":"2020-06-02","due":1591113600000000,"place":0,"standing":"unmet","reason_zh":"入户数 9 户，应不低于 10","reason_en":"doors = 9, must be at least 10","late_below":null,"vacant":null,"vacant_role":null,"untold":null,"paper_id":null}',1591201200000000,NULL,NULL);
INSERT INTO "notice_lines" VALUES(4,4,3,'overdue',0,'990101001','owner','a19d14b11df2c6972c5ebde1','overdue','live','{"unit":"990101001","requirement":"registration.staff","period":"","due":1591200000000000,"place":1,"standing":"unmet","reason_zh":"普查员 1 人，应不低于 2","reason_en":"enumerators = 1, must be at least 2","late_below":null,"vacant":null,"vacant_role":null,"untold":null,"paper_id":null}',1591201200000000,NULL,NULL);
INSERT INTO "notice_lines" VALUES(5,5,4,'overdue',0,'990101002','owner','eb17bb6f92059bc1db3d8b0d','overdue','live','{"unit":"990101002","requirement":"registration.daily","period":"2020-06-04","due":1591286400000000,"place":0,"standing":"unreported","reason_zh":"入户数未报","reason_en":"doors not reported","late_below":null,"vacant":null,"vacant_role":null,"untold":null,"paper_id":null}',1591287600000000,NULL,NULL);
INSERT INTO "notice_lines" VALUES(6,6,5,'overdue',0,'990101001','owner','a19d14b11df2c6972c5ebde1','overdue','live','{"unit":"990101001","requirement":"registration.daily","period":"2020-06-03","due":1591200000000000,"place":0,"standing":"unmet","reason_zh":"入户数 8 户，应不低于 10","reason_en":"doors = 8, must be at least 10","late_below":null,"vacant":null,"vacant_role":null,"untold":null,"paper_id":null}',1591405200000000,NULL,NULL);
CREATE TABLE notices (
	id INTEGER NOT NULL, 
	unit VARCHAR(12) NOT NULL, 
	role VARCHAR NOT NULL, 
	person VARCHAR, 
	pass_id BIGINT NOT NULL, 
	state VARCHAR NOT NULL, 
	urgency INTEGER NOT NULL, 
	always BOOLEAN NOT NULL, 
	created_at BIGINT NOT NULL, 
	not_before BIGINT NOT NULL, 
	next_try BIGINT, 
	attempts INTEGER NOT NULL, 
	repeat BOOLEAN NOT NULL, 
	lease VARCHAR, 
	lease_until BIGINT, 
	settled_at BIGINT, 
	code VARCHAR, 
	error VARCHAR, 
	address VARCHAR, 
	tried TEXT, 
	sent_text TEXT, sealed BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "notices" VALUES(1,'990101001','owner','a19d14b11df2c6972c5ebde1',2,'accepted',3000,1,1591114800000000,1591114800000000,NULL,1,0,NULL,NULL,1591114800000000,NULL,NULL,NULL,NULL,'[甲镇] 1 overdue
To the census office of 甲镇:
As of 3 Jun 00:20, these census matters need you:
[普查登记]
1. 日报: was due 2 Jun 24:00, overdue. doors = 9, must be at least 10. Please check and see to it.
Please answer to the census office of 试验县, and say so if you need help.',6);
INSERT INTO "notices" VALUES(2,'990101002','owner','eb17bb6f92059bc1db3d8b0d',2,'retry',3000,1,1591114800000000,1591114800000000,1591407000000000,5,0,NULL,NULL,NULL,'connect','could not connect',NULL,'{"failures": {"89312cff5b470d7953f6b1c1": 5}, "refused": []}',NULL,NULL);
INSERT INTO "notices" VALUES(3,'990101','owner','26e6a39602c60c87f142c8cc',3,'accepted',4001,1,1591201200000000,1591201200000000,NULL,1,0,NULL,NULL,1591201200000000,NULL,NULL,NULL,NULL,'[试验县] 1 overdue below
To the census office of 试验县:
As of 4 Jun 00:20, please follow up with the offices below:
[普查登记]
1. 甲镇: “日报” was due 2 Jun 24:00, 1 day overdue. doors = 9, must be at least 10. Please look into it and help them finish.
Please answer to the census office of 试验市, and say so if you need help.',14);
INSERT INTO "notices" VALUES(4,'990101001','owner','a19d14b11df2c6972c5ebde1',3,'accepted',3000,1,1591201200000000,1591201200000000,NULL,1,0,NULL,NULL,1591201200000000,NULL,NULL,NULL,NULL,'[甲镇] 1 overdue
To the census office of 甲镇:
As of 4 Jun 00:20, these census matters need you:
[普查登记]
1. 两员: was due 3 Jun 24:00, overdue. enumerators = 1, must be at least 2. Please check and see to it.
Please answer to the census office of 试验县, and say so if you need help.',14);
INSERT INTO "notices" VALUES(5,'990101002','owner','eb17bb6f92059bc1db3d8b0d',4,'retry',3000,1,1591287600000000,1591287600000000,1591405500000000,3,0,NULL,NULL,NULL,'connect','could not connect',NULL,'{"failures": {"89312cff5b470d7953f6b1c1": 3}, "refused": []}',NULL,NULL);
INSERT INTO "notices" VALUES(6,'990101001','owner','a19d14b11df2c6972c5ebde1',6,'accepted',3002,1,1591405200000000,1591405200000000,NULL,1,0,NULL,NULL,1591405200000000,NULL,NULL,NULL,NULL,'[甲镇] 1 overdue
To the census office of 甲镇:
As of 6 Jun 09:00, these census matters need you:
[普查登记]
1. 日报: was due 3 Jun 24:00, 2 days overdue. doors = 8, must be at least 10. Please check and see to it.
Please answer to the census office of 试验县, and say so if you need help.',30);
CREATE TABLE paper_cases (
	paper_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	rung_no INTEGER NOT NULL, 
	PRIMARY KEY (paper_id, case_id)
);
CREATE TABLE papers (
	id INTEGER NOT NULL, 
	pass_id BIGINT NOT NULL, 
	kind VARCHAR NOT NULL, 
	unit VARCHAR(12) NOT NULL, 
	signer_unit VARCHAR(12) NOT NULL, 
	signer_role VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	made_at BIGINT NOT NULL, 
	title VARCHAR NOT NULL, 
	content TEXT NOT NULL, 
	content_hash VARCHAR NOT NULL, 
	facts TEXT NOT NULL, 
	instead_of BIGINT, 
	settled_at BIGINT, 
	settled_by VARCHAR, 
	reason VARCHAR, 
	PRIMARY KEY (id)
);
CREATE TABLE passes (
	id INTEGER NOT NULL, 
	as_of BIGINT NOT NULL, 
	scope VARCHAR(12), 
	finished_at BIGINT, 
	counts TEXT, machine_at BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "passes" VALUES(1,1591028400000000,NULL,1591028400000000,'{"judged": 6, "opened": 0, "closed": 0, "owed": 0}',1796096504662513);
INSERT INTO "passes" VALUES(2,1591114800000000,NULL,1591114800000000,'{"judged": 8, "opened": 2, "closed": 0, "owed": 2}',1796096504807755);
INSERT INTO "passes" VALUES(3,1591201200000000,NULL,1591201200000000,'{"judged": 10, "opened": 1, "closed": 0, "owed": 2}',1796096505001986);
INSERT INTO "passes" VALUES(4,1591287600000000,NULL,1591287600000000,'{"judged": 12, "opened": 1, "closed": 1, "owed": 1}',1796096505251345);
INSERT INTO "passes" VALUES(5,1591374000000000,NULL,1591374000000000,'{"judged": 14, "opened": 0, "closed": 0, "owed": 0}',1796096505388807);
INSERT INTO "passes" VALUES(6,1591405200000000,NULL,1591405200000000,'{"judged": 14, "opened": 1, "closed": 0, "owed": 1}',1796096505502995);
CREATE TABLE plan_versions (
	id INTEGER NOT NULL, 
	sources TEXT NOT NULL, 
	loaded_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "plan_versions" VALUES(1,'[{"name": "plan.yaml", "text": "census: trial\ntitle: 试验普查\nstandard_time: 2020-11-01\nindicators:\n  doors: {title: 入户数, level: township, unit: 户, roll_up: sum, min: 0}\n  enumerators: {title: 普查员, level: district, unit: persons, roll_up: sum, min: 0}\nladders:\n  daily:\n    - {id: overdue, at: +0d, to: [unit.owner]}\n    - {id: superior, at: +1d, to: [superior.owner]}\nphases:\n  - id: registration\n    title: 普查登记\n    starts: 2020-06-01\n    ends: 2020-06-20\n    hours: always\n    requirements:\n      - {id: daily, no: 1, title: 日报, judged_at: township, met_when: \"doors >= 10\", every: day, ladder: daily}\n      - {id: staff, no: 2, title: 两员, judged_at: township, met_when: \"enumerators >= 2\", due: 2020-06-03, ladder: daily}\n"}]',1796096504371712);
CREATE TABLE policies (
	id INTEGER NOT NULL, 
	digest VARCHAR NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO "policies" VALUES(1,'a65f03b4df761ab2d2f586200ef6bd06','{"always": true, "office_hours": "08:30-17:30", "rungs": [{"at": "+0d", "draft": null, "id": "overdue", "if_unknown": "resend", "signed_by": null, "to": ["unit.owner"]}, {"at": "+1d", "draft": null, "id": "superior", "if_unknown": "resend", "signed_by": null, "to": ["superior.owner"]}], "zone": "Asia/Shanghai"}');
CREATE TABLE readings (
	indicator VARCHAR NOT NULL, 
	as_of BIGINT NOT NULL, 
	unit VARCHAR(12) NOT NULL, 
	batch BIGINT NOT NULL, 
	value FLOAT, 
	reported INTEGER, 
	expected INTEGER, 
	evidence VARCHAR, 
	PRIMARY KEY (indicator, as_of, unit, batch)
)
 WITHOUT ROWID

;
INSERT INTO "readings" VALUES('doors',1591002000000000,'990101001',1,10.0,NULL,NULL,NULL);
INSERT INTO "readings" VALUES('doors',1591002000000000,'990101002',1,12.0,NULL,NULL,NULL);
INSERT INTO "readings" VALUES('doors',1591088400000000,'990101001',3,9.0,NULL,NULL,NULL);
INSERT INTO "readings" VALUES('doors',1591174800000000,'990101001',4,10.0,NULL,NULL,NULL);
INSERT INTO "readings" VALUES('doors',1591174800000000,'990101001',8,8.0,NULL,NULL,NULL);
INSERT INTO "readings" VALUES('doors',1591174800000000,'990101002',4,12.0,NULL,NULL,NULL);
INSERT INTO "readings" VALUES('doors',1591261200000000,'990101001',5,10.0,NULL,NULL,NULL);
INSERT INTO "readings" VALUES('doors',1591347600000000,'990101001',7,10.0,NULL,NULL,NULL);
INSERT INTO "readings" VALUES('doors',1591347600000000,'990101002',7,12.0,NULL,NULL,NULL);
INSERT INTO "readings" VALUES('enumerators',1591005600000000,'990101001',2,1.0,1,1,NULL);
INSERT INTO "readings" VALUES('enumerators',1591005600000000,'990101002',2,2.0,2,2,NULL);
INSERT INTO "readings" VALUES('enumerators',1591264800000000,'990101001',6,4.0,1,1,NULL);
INSERT INTO "readings" VALUES('enumerators',1591264800000000,'990101002',6,5.0,2,2,NULL);
CREATE TABLE signatures (
	paper_id BIGINT NOT NULL, 
	name VARCHAR NOT NULL, 
	unit VARCHAR(12) NOT NULL, 
	role VARCHAR NOT NULL, 
	person VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	content_hash VARCHAR NOT NULL, 
	code_hash VARCHAR NOT NULL, 
	prefix VARCHAR, 
	year INTEGER, 
	serial INTEGER, machine_at BIGINT, 
	PRIMARY KEY (paper_id), 
	UNIQUE (prefix, year, serial)
);
CREATE TABLE simulations (
	id INTEGER NOT NULL, 
	as_of BIGINT NOT NULL, 
	machine_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE superiors (
	code VARCHAR(12) NOT NULL, 
	superior VARCHAR(12) NOT NULL, 
	line VARCHAR NOT NULL, 
	PRIMARY KEY (code, superior, line)
);
CREATE TABLE transitions (
	id INTEGER NOT NULL, 
	notice_id BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	was VARCHAR, 
	state VARCHAR NOT NULL, 
	reason VARCHAR, 
	PRIMARY KEY (id)
);
INSERT INTO "transitions" VALUES(1,1,1591114800000000,NULL,'planned','pass 2');
INSERT INTO "transitions" VALUES(2,2,1591114800000000,NULL,'planned','pass 2');
INSERT INTO "transitions" VALUES(3,1,1591114800000000,'planned','sending','json://••••');
INSERT INTO "transitions" VALUES(4,2,1591114800000000,'planned','sending','json://••••');
INSERT INTO "transitions" VALUES(5,2,1591114800000000,'sending','retry','json://•••• connect could not connect');
INSERT INTO "transitions" VALUES(6,1,1591114800000000,'sending','accepted','json://••••');
INSERT INTO "transitions" VALUES(7,3,1591201200000000,NULL,'planned','pass 3');
INSERT INTO "transitions" VALUES(8,4,1591201200000000,NULL,'planned','pass 3');
INSERT INTO "transitions" VALUES(9,3,1591201200000000,'planned','sending','json://••••');
INSERT INTO "transitions" VALUES(10,4,1591201200000000,'planned','sending','json://••••');
INSERT INTO "transitions" VALUES(11,2,1591201200000000,'retry','sending','json://••••');
INSERT INTO "transitions" VALUES(12,2,1591201200000000,'sending','retry','json://•••• connect could not connect');
INSERT INTO "transitions" VALUES(13,3,1591201200000000,'sending','accepted','json://••••');
INSERT INTO "transitions" VALUES(14,4,1591201200000000,'sending','accepted','json://••••');
INSERT INTO "transitions" VALUES(15,5,1591287600000000,NULL,'planned','pass 4');
INSERT INTO "transitions" VALUES(16,5,1591287600000000,'planned','sending','json://••••');
INSERT INTO "transitions" VALUES(17,2,1591287600000000,'retry','sending','json://••••');
INSERT INTO "transitions" VALUES(18,5,1591287600000000,'sending','retry','json://•••• connect could not connect');
INSERT INTO "transitions" VALUES(19,2,1591287600000000,'sending','retry','json://•••• connect could not connect');
INSERT INTO "transitions" VALUES(20,5,1591374000000000,'retry','sending','json://••••');
INSERT INTO "transitions" VALUES(21,2,1591374000000000,'retry','sending','json://••••');
INSERT INTO "transitions" VALUES(22,5,1591374000000000,'sending','retry','json://•••• connect could not connect');
INSERT INTO "transitions" VALUES(23,2,1591374000000000,'sending','retry','json://•••• connect could not connect');
INSERT INTO "transitions" VALUES(24,6,1591405200000000,NULL,'planned','pass 6');
INSERT INTO "transitions" VALUES(25,6,1591405200000000,'planned','sending','json://••••');
INSERT INTO "transitions" VALUES(26,5,1591405200000000,'retry','sending','json://••••');
INSERT INTO "transitions" VALUES(27,2,1591405200000000,'retry','sending','json://••••');
INSERT INTO "transitions" VALUES(28,5,1591405200000000,'sending','retry','json://•••• connect could not connect');
INSERT INTO "transitions" VALUES(29,2,1591405200000000,'sending','retry','json://•••• connect could not connect');
INSERT INTO "transitions" VALUES(30,6,1591405200000000,'sending','accepted','json://••••');
CREATE TABLE units (
	code VARCHAR(12) NOT NULL, 
	name VARCHAR NOT NULL, 
	level VARCHAR NOT NULL, 
	superior VARCHAR, 
	PRIMARY KEY (code)
);
INSERT INTO "units" VALUES('99','试验省','province',NULL);
INSERT INTO "units" VALUES('9901','试验市','city','99');
INSERT INTO "units" VALUES('990101','试验县','county','9901');
INSERT INTO "units" VALUES('990101001','甲镇','township','990101');
INSERT INTO "units" VALUES('990101001001','甲村','village','990101001');
INSERT INTO "units" VALUES('990101002','乙乡','township','990101');
INSERT INTO "units" VALUES('990101002001','乙村','village','990101002');
CREATE INDEX cases_open ON cases (closed_at, unit);
CREATE INDEX ix_contacts_address ON contacts (address);
CREATE INDEX ix_contacts_unit ON contacts (unit);
CREATE INDEX ix_decisions_case_id ON decisions (case_id);
CREATE INDEX ix_notice_lines_notice_id ON notice_lines (notice_id);
CREATE INDEX notices_waiting ON notices (state, not_before);
CREATE INDEX notices_by_person ON notices (person);
CREATE INDEX notices_ready ON notices (urgency DESC, attempts, id) WHERE settled_at IS NULL;
CREATE INDEX ix_transitions_notice_id ON transitions (notice_id);
CREATE INDEX ix_units_level ON units (level);
CREATE INDEX ix_units_superior ON units (superior);
CREATE INDEX papers_waiting ON papers (state, signer_unit);
CREATE INDEX paper_cases_by_case ON paper_cases (case_id);
CREATE TRIGGER audit_update BEFORE UPDATE ON audit WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'audit records are never deleted'); END;
CREATE TRIGGER audit_insert BEFORE INSERT ON audit WHEN NEW.id <> (SELECT COALESCE(MAX(id), 0) + 1 FROM audit) OR NEW.previous <> COALESCE((SELECT hash FROM audit ORDER BY id DESC LIMIT 1), '') BEGIN SELECT RAISE(ABORT, 'audit records are only added at the end'); END;
CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head WHEN NEW.records < OLD.records OR NEW.transitions < OLD.transitions BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER papers_update BEFORE UPDATE ON papers WHEN OLD.state <> 'draft' OR NEW.id <> OLD.id OR NEW.pass_id <> OLD.pass_id OR NEW.kind <> OLD.kind OR NEW.unit <> OLD.unit OR NEW.signer_unit <> OLD.signer_unit OR NEW.signer_role <> OLD.signer_role OR NEW.made_at <> OLD.made_at OR NEW.title <> OLD.title OR NEW.content <> OLD.content OR NEW.content_hash <> OLD.content_hash OR NEW.facts <> OLD.facts BEGIN SELECT RAISE(ABORT, 'the text of a paper never changes, and nothing of it after it was signed, returned or withdrawn'); END;
CREATE TRIGGER papers_delete BEFORE DELETE ON papers WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'papers are never deleted'); END;
CREATE TRIGGER paper_cases_update BEFORE UPDATE ON paper_cases WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'the cases of a paper never change'); END;
CREATE TRIGGER paper_cases_delete BEFORE DELETE ON paper_cases WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'the cases of a paper never change'); END;
CREATE TRIGGER paper_cases_insert BEFORE INSERT ON paper_cases WHEN NOT EXISTS (SELECT 1 FROM papers p WHERE p.id = NEW.paper_id AND p.state = 'draft') BEGIN SELECT RAISE(ABORT, 'the cases of a paper never change'); END;
CREATE TRIGGER signatures_update BEFORE UPDATE ON signatures WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'signatures are never changed'); END;
CREATE TRIGGER signatures_delete BEFORE DELETE ON signatures WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'signatures are never deleted'); END;
CREATE TRIGGER signatures_insert BEFORE INSERT ON signatures WHEN NOT EXISTS (SELECT 1 FROM papers p WHERE p.id = NEW.paper_id AND p.state = 'draft' AND p.content_hash = NEW.content_hash) BEGIN SELECT RAISE(ABORT, 'only the text of a draft can be signed'); END;
CREATE INDEX codes_by_subject ON codes (subject, act);
COMMIT;
